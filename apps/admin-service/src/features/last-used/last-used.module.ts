import { Module } from '@nestjs/common';
import { UseReports } from './use-reports.js';

/** When keys were last used, as gateways report it. */
@Module({
  providers: [UseReports],
  exports: [UseReports],
})
export class LastUsedModule {}
