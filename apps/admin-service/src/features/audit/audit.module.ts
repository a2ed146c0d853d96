import { Module } from '@nestjs/common';
import { AuditLog } from './audit-log.js';
import { EventsController } from './events.controller.js';
import { ExportController } from './export.controller.js';
import { LogController } from './log.controller.js';

/** Reading, proving and exporting the log. */
@Module({
  controllers: [EventsController, LogController, ExportController],
  providers: [AuditLog],
})
export class AuditModule {}
