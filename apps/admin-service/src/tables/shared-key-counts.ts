import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database.js';
import { countKeys, type KeyCounts } from './key-counting.js';
import { LogHead } from './log-head.js';

interface Count {
  /** Of its snapshot; known before the count. */
  readonly position: Promise<number>;
  readonly counts: Promise<KeyCounts>;
}

/**
 * Counts of keys, shared by those who ask at the same time: while a sweep of the key lists is due, a count can take a
 * second, and several side by side would take longer each.
 */
@Injectable()
export class SharedKeyCounts {
  /** By supervisor; null: of all keys. */
  private readonly running = new Map<string | null, Count>();

  constructor(
    private readonly database: Database,
    private readonly head: LogHead,
  ) {}

  /**
   * How many keys there are now, or a moment ago. The answer is never older than what the asker may have seen: a count
   * that began before the log's last record of this moment is waited for, and not shared.
   *
   * @param supervisorId counts the keys of those whom this user supervises; null: all
   * @throws whatever Postgres throws, to all who share the count
   */
  async of(supervisorId: string | null): Promise<KeyCounts> {
    // Of the log itself: whichever replica the asker has written at, nobody has seen a later record.
    const seen = await this.head.position();
    for (;;) {
      const count = this.running.get(supervisorId) ?? this.start(supervisorId);
      if ((await count.position) >= seen) return count.counts;
      await count.counts.catch(() => undefined);
    }
  }

  private start(supervisorId: string | null): Count {
    const { promise: position, reject, resolve } = Promise.withResolvers<number>();
    const counts = countKeys(this.database, { supervisorId, begun: resolve }).finally(() => {
      this.running.delete(supervisorId);
    });
    // Without a position nobody waits for the counts.
    counts.catch(reject);
    const count = { position, counts };
    this.running.set(supervisorId, count);
    return count;
  }
}
