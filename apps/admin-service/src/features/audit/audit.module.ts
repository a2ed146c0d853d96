import { Module } from '@nestjs/common';
import { AuditLog } from './audit-log.js';
import { CosignedLog } from './cosigned-log.js';
import { EventsController } from './events.controller.js';
import { ExportController } from './export.controller.js';
import { KeyReports } from './key-reports.js';
import { LogController } from './log.controller.js';
import { PastController } from './past.controller.js';
import { PastFacts } from './past-facts.js';
import { PastStreams } from './past-streams.js';
import { ReportsController } from './reports.controller.js';
import { TilesController } from './tiles.controller.js';

/** Reading, proving and exporting the log. */
@Module({
  controllers: [EventsController, LogController, TilesController, ExportController, PastController, ReportsController],
  providers: [AuditLog, CosignedLog, KeyReports, PastFacts, PastStreams],
})
export class AuditModule {}
