import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { formatInstant } from '@keyfold/domain';
import { Answer } from '../../http/answer.js';
import { Instant } from '../../http/fields.js';
import { DAYS_OF_AGE, DAYS_TO_END, type KeyCounts } from '../../tables/key-counting.js';
import { SharedKeyCounts } from '../../tables/shared-key-counts.js';

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
  constructor(private readonly counts: SharedKeyCounts) {}

  async now(): Promise<Answer<KeyReportResource>> {
    const counts = await this.counts.of(null);
    return new Answer(toResource(counts), { position: counts.position });
  }
}

function toResource({ byStatus, countedAtMs, endingWithin, olderThan, weeks }: KeyCounts): KeyReportResource {
  const { active } = byStatus;
  const byAge = grouped(
    DAYS_OF_AGE,
    [active, ...olderThan, 0].map((older) => active - older),
  );
  return {
    countedAt: formatInstant(countedAtMs),
    byAge,
    byTimeToExpiry: grouped(DAYS_TO_END, [0, ...endingWithin, active]),
    weeks: weeks.map(({ startMs, ...counted }) => ({ start: formatInstant(startMs).slice(0, 10), ...counted })),
  };
}

/** @param before of each limit, how many keys come before it; then how many there are */
function grouped(limits: readonly number[], before: readonly number[]): KeyReportResource['byAge'] {
  return before.slice(1).map((keys, index) => ({
    fromDays: limits[index - 1] ?? 0,
    toDays: limits[index] ?? null,
    keys: keys - (before[index] ?? 0),
  }));
}
