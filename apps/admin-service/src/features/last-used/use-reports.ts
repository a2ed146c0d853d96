import { Injectable } from '@nestjs/common';
import { openUseReport, RequestRefusedError, sealReply } from '@keyfold/messaging';
import { Database } from '../../platform/database.js';
import { LogKeys } from '../../platform/log-keys.js';
import { RetiredKeyNotices } from '../notices/retired-key-notices.js';
import { KeyUses } from './key-uses.js';

/** Takes the gateways' use reports, whichever way they came. */
@Injectable()
export class UseReports {
  private readonly uses: KeyUses;
  private readonly retired: RetiredKeyNotices;

  constructor(
    database: Database,
    private readonly keys: LogKeys,
  ) {
    this.uses = new KeyUses(database.pool);
    this.retired = new RetiredKeyNotices(database, keys.shared);
  }

  /**
   * @returns the reply's text, once the report is in the tables; whoever gets no answer sends it again, which changes
   *   nothing
   * @throws RequestRefusedError
   */
  async take(text: string): Promise<string> {
    const { shared } = this.keys;
    const { report, request } = openUseReport(text, shared);
    if (!(await this.uses.record(report.uses)))
      throw new RequestRefusedError('UNAVAILABLE', 'some keys are being written at the moment');
    await this.retired.record(report.retired);
    return sealReply(request, { accepted: report.uses.length + report.retired.length }, shared);
  }
}
