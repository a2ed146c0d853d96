import { Injectable } from '@nestjs/common';
import type { ReadLeaseRow } from '@keyfold/domain';
import { HostClock } from '@keyfold/service-kit';
import { Database } from '../../platform/database.js';
import { LogKeys } from '../../platform/log-keys.js';
import { readLeaseRows } from '../../tables/lease-rows.js';
import { LeaseGenerations } from '../gateways/lease-generations.js';

/** One read of all lease rows. */
export interface LeaseLook {
  readonly rows: ReadonlyMap<string, ReadLeaseRow>;
  /** When its answer was there, on this replica's monotonic clock, sleep counted. */
  readonly nowMs: number;
  /** Log time of the same moment, RFC 3339. */
  readonly at: string;
}

/** Reads the lease rows for confirmations. */
@Injectable()
export class LeaseLooks {
  constructor(
    private readonly database: Database,
    private readonly clock: HostClock,
    private readonly generations: LeaseGenerations,
    private readonly keys: LogKeys,
  ) {}

  /** @returns also whether every lease that may be out has a row: nothing is confirmed before */
  async take(): Promise<LeaseLook & { readonly isComplete: boolean }> {
    const { generation, rows } = await readLeaseRows(this.database.pool, this.keys.signer.name);
    const [nowMs, at] = [this.clock.nowMs(), this.database.logTime.now().toISOString()];
    const { isComplete } = await this.generations.judge(generation);
    return { rows, nowMs, at, isComplete };
  }
}
