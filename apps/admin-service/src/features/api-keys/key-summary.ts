import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { formatInstant } from '@keyfold/domain';
import type { Caller } from '../../http/caller.js';
import { Instant } from '../../http/fields.js';
import { Database } from '../../platform/database.js';
import { countKeys, ENDING_DAYS, type KeySummary, UNUSED_DAYS } from '../../tables/key-summary.js';

const Count = z.int().min(0);

export const KeySummaryResource = z
  .object({
    countedAt: Instant,
    byStatus: z.object({ pending: Count, active: Count, superseded: Count, revoked: Count, expired: Count }),
    endingWithinDays: z.object({ 1: Count, 7: Count, 30: Count }),
    unusedForDays: z.object({ 30: Count, 90: Count }),
    weeks: z.array(z.object({ start: z.iso.date(), issued: Count, revoked: Count })),
  })
  .meta({ id: 'ApiKeySummary' });

export type KeySummaryResource = z.output<typeof KeySummaryResource>;

@Injectable()
export class KeySummaries {
  private running: Promise<KeySummary> | null = null;

  constructor(private readonly database: Database) {}

  /** All keys for who manages them, for a supervisor those of the users whom they supervise. */
  async of(caller: Caller): Promise<KeySummaryResource> {
    return toResource(await (caller.may('api-keys.manage') ? this.ofAll() : countKeys(this.database, caller.userId)));
  }

  /** Requests that come while all keys are being counted share the count. */
  private ofAll(): Promise<KeySummary> {
    this.running ??= countKeys(this.database, null).finally(() => {
      this.running = null;
    });
    return this.running;
  }
}

function toResource({ byStatus, countedAtMs, ending, unused, weeks }: KeySummary): KeySummaryResource {
  const [ending1 = 0, ending7 = 0, ending30 = 0] = ending;
  const [unused30 = 0, unused90 = 0] = unused;
  return {
    countedAt: formatInstant(countedAtMs),
    byStatus: { ...byStatus },
    endingWithinDays: { [ENDING_DAYS[0]]: ending1, [ENDING_DAYS[1]]: ending7, [ENDING_DAYS[2]]: ending30 },
    unusedForDays: { [UNUSED_DAYS[0]]: unused30, [UNUSED_DAYS[1]]: unused90 },
    weeks: weeks.map(({ startMs, ...counted }) => ({ start: formatInstant(startMs).slice(0, 10), ...counted })),
  };
}
