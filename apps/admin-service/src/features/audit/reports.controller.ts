import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '../../http/access.js';
import type { Answer } from '../../http/answer.js';
import { Returns } from '../../http/returns.decorator.js';
import { KeyReportResource, KeyReports } from './key-reports.js';

@ApiTags('audit')
@Controller('v1/audit/reports')
export class ReportsController {
  constructor(private readonly reports: KeyReports) {}

  @Get('keys')
  @RequirePermission('audit.read')
  @Returns(200, KeyReportResource)
  keys(): Promise<Answer<KeyReportResource>> {
    return this.reports.now();
  }
}
