import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { formatInstant } from '@keyfold/domain';
import { Instant } from '../../http/fields.js';
import { Database } from '../../platform/database.js';
import { AGE_LIMITS, EXPIRY_LIMITS, type KeyReport, type PastWeeks, reportKeys } from '../../tables/key-report.js';

const Count = z.int().min(0);
const Groups = z.array(z.object({ fromDays: Count, toDays: Count.nullable(), keys: Count }));

export const KeyReportResource = z
  .object({
    countedAt: Instant,
    byAge: Groups,
    byTimeToExpiry: Groups,
    weeks: z.array(z.object({ start: z.iso.date(), issued: Count, revoked: Count })),
  })
  .meta({ id: 'KeyReport' });

export type KeyReportResource = z.output<typeof KeyReportResource>;

/** Counts of all keys, for auditors: nothing in them says whose a key is. */
@Injectable()
export class KeyReports {
  private running: Promise<KeyReport> | null = null;
  private past: PastWeeks | null = null;

  constructor(private readonly database: Database) {}

  /** Requests that come while keys are being counted share the count. */
  async now(): Promise<KeyReportResource> {
    this.running ??= this.count().finally(() => {
      this.running = null;
    });
    return toResource(await this.running);
  }

  private async count(): Promise<KeyReport> {
    const { past, report } = await reportKeys(this.database, this.past);
    this.past = past;
    return report;
  }
}

function toResource({ byAge, byExpiry, countedAtMs, weeks }: KeyReport): KeyReportResource {
  return {
    countedAt: formatInstant(countedAtMs),
    byAge: groups(AGE_LIMITS, byAge),
    byTimeToExpiry: groups(EXPIRY_LIMITS, byExpiry),
    weeks: weeks.map(({ startMs, ...counted }) => ({ start: formatInstant(startMs).slice(0, 10), ...counted })),
  };
}

function groups(limits: readonly number[], counts: readonly number[]): KeyReportResource['byAge'] {
  return counts.map((keys, index) => ({
    fromDays: limits[index - 1] ?? 0,
    toDays: limits[index] ?? null,
    keys,
  }));
}
