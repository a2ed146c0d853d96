import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { formatInstant } from '@keyfold/domain';
import { Answer } from '../../http/answer.js';
import type { Caller } from '../../http/caller.js';
import { Instant } from '../../http/fields.js';
import { DAYS_TO_END, DAYS_UNUSED, type KeyCounts } from '../../tables/key-counting.js';
import { SharedKeyCounts } from '../../tables/shared-key-counts.js';

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
  constructor(private readonly counts: SharedKeyCounts) {}

  /** All keys for who manages them, for a supervisor those of the users whom they supervise. */
  async of(caller: Caller): Promise<Answer<KeySummaryResource>> {
    const counts = await this.counts.of(caller.may('api-keys.manage') ? null : caller.userId);
    return new Answer(toResource(counts), { position: counts.position });
  }
}

function toResource({ byStatus, countedAtMs, endingWithin, unusedFor, weeks }: KeyCounts): KeySummaryResource {
  const ending = (days: (typeof DAYS_TO_END)[number]): number => endingWithin[DAYS_TO_END.indexOf(days)] ?? 0;
  const unused = (days: (typeof DAYS_UNUSED)[number]): number => unusedFor[DAYS_UNUSED.indexOf(days)] ?? 0;
  return {
    countedAt: formatInstant(countedAtMs),
    byStatus: { ...byStatus },
    endingWithinDays: { 1: ending(1), 7: ending(7), 30: ending(30) },
    unusedForDays: { 30: unused(30), 90: unused(90) },
    weeks: weeks.map(({ startMs, ...counted }) => ({ start: formatInstant(startMs).slice(0, 10), ...counted })),
  };
}
