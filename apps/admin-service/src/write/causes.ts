import { Injectable } from '@nestjs/common';
import { apiKeyStream, type LogRecord, userStream } from '@keyfold/domain';
import { PostgresEventStore } from '@keyfold/event-store';
import { Database } from '../platform/database.js';
import { ApiKeyQueries } from '../tables/api-key-queries.js';
import { firstBulkRevocation } from '../tables/bulk-revocations.js';

/** Records of one stream that are looked through for the one that brought a state about. */
const MAX_LOOKED_THROUGH = 200;

/** What a record changes: its type and the members that it has, sealed ones included. */
export type Changing = Pick<LogRecord, 'type' | 'data' | 'sealed'>;

/** Finds the record that had done what a write found done; see `Decision.cause`. */
@Injectable()
export class Causes {
  constructor(
    private readonly store: PostgresEventStore,
    private readonly database: Database,
    private readonly keys: ApiKeyQueries,
  ) {}

  /**
   * @param stream looked through from the newest record down
   * @param head position of the head that the write saw; later records have changed what it found
   * @param brings whether a record brought the state about; the newest one counts
   * @returns null if there is none; the head if it may lie further back than is looked: it is never earlier than what
   *   brought the state about
   */
  async newest(stream: string, head: number, brings: (record: Changing) => boolean): Promise<number | null> {
    const records = await this.store.query({
      stream,
      before: head + 1,
      isDescending: true,
      limit: MAX_LOOKED_THROUGH,
    });
    const found = records.find(({ record }) => brings(record));
    if (found !== undefined) return found.record.position;
    return records.length < MAX_LOOKED_THROUGH ? null : head;
  }

  /** Of the first record that has revoked a key: its own, a bulk revocation, or the erasure of its owner. */
  async revocation(keyId: string): Promise<number | null> {
    const owner = await this.keys.findOwner(keyId);
    if (!owner) return null;
    const [own, erasure, bulk] = await Promise.all([
      this.store.query({ stream: apiKeyStream(keyId), type: 'ApiKeyRevoked', limit: 1 }),
      this.store.query({ stream: userStream(owner.userId), type: 'UserErased', limit: 1 }),
      firstBulkRevocation(this.database.pool, keyId),
    ]);
    const positions = [...own, ...erasure].map(({ record }) => record.position);
    return earliest(bulk === null ? positions : [...positions, bulk]);
  }
}

function earliest(positions: readonly number[]): number | null {
  return positions.length === 0 ? null : Math.min(...positions);
}

/** Whether a record has set one of these members, sealed or not, of what it changes or makes. */
export function setsOneOf(members: readonly string[], { data, sealed }: Changing): boolean {
  const { after } = data;
  const changed = typeof after === 'object' && after !== null ? after : data;
  return members.some((member) => Object.hasOwn(changed, member) || Object.hasOwn(sealed, member));
}
