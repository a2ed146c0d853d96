import { mayHaveLease, type ReadLeaseRow, standingOf } from '@keyfold/domain';
import type { Confirmation } from '../../http/confirmation.js';
import type { LeaseLook } from './lease-looks.js';
import type { SettledRow } from './receipt-maker.js';

/**
 * A committed write and the leases from before it. Looks that began before it was watched must not be shown to it: what
 * they saw may be older than its commit.
 */
export class WatchedWrite {
  private firstReadMs = 0;
  /** The rows that stand against the write; null before the first look. */
  private first: readonly ReadLeaseRow[] | null = null;
  private newest: ReadonlyMap<string, ReadLeaseRow> = new Map();
  private readonly settled = new Map<string, SettledRow>();

  constructor(readonly position: number) {}

  get hasLooked(): boolean {
    return this.first !== null;
  }

  /** All rows, once none of them can miss the write; null before. */
  get result(): readonly SettledRow[] | null {
    if (this.first === null || this.settled.size < this.first.length) return null;
    return this.first.flatMap(({ id }) => this.settled.get(id) ?? []);
  }

  look({ at, nowMs, rows }: LeaseLook): void {
    if (this.first === null) {
      this.first = [...rows.values()].filter(mayHaveLease);
      this.firstReadMs = nowMs;
    }
    this.newest = rows;
    const since = { position: this.position, sinceFirstReadMs: nowMs - this.firstReadMs };
    for (const first of this.first) {
      if (this.settled.has(first.id)) continue;
      const standing = standingOf(first, rows.get(first.id), since);
      if (standing === null) continue;
      const endedAt = standing.by === 'lease-ended' ? standing.endedAt : null;
      this.settled.set(first.id, { row: rows.get(first.id) ?? first, standing, at: endedAt ?? at });
    }
  }

  /** How each gateway stands, as an answer shows it. */
  gateways(): Confirmation['gateways'] {
    const ids = [...new Set((this.first ?? []).map(({ gatewayId }) => gatewayId))];
    return ids.map((gatewayId) => this.gateway(gatewayId));
  }

  private gateway(gatewayId: string): Confirmation['gateways'][number] {
    const first = (this.first ?? []).filter((row) => row.gatewayId === gatewayId);
    const current = first.map((row) => this.newest.get(row.id) ?? row);
    const running = current.filter(({ endedAt }) => endedAt === null);
    const applied = (running.length > 0 ? running : current).map(positionOf);
    const settled = first.flatMap(({ id }) => this.settled.get(id) ?? []);
    const isSettled = settled.length === first.length;
    const hasApplied = settled.some(({ standing }) => standing.by === 'applied');
    return {
      gatewayId,
      appliedPosition: running.length > 0 ? Math.min(...applied) : Math.max(...applied),
      by: isSettled ? (hasApplied ? 'applied' : 'lease-ended') : null,
      confirmedAt: isSettled ? latest(settled.map(({ at }) => at)) : null,
      leaseUntil: latest(current.map(({ leaseUntil }) => leaseUntil)),
    };
  }
}

/** RFC 3339 in UTC with milliseconds sorts as text. */
function latest(times: readonly string[]): string {
  return times.toSorted().at(-1) ?? '';
}

function positionOf({ appliedPosition, cosigned }: ReadLeaseRow): number {
  return Math.max(appliedPosition, cosigned?.size ?? 0);
}
