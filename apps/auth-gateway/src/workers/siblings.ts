import type { JsonValue } from '@keyfold/domain';

/** The other worker processes of this gateway, as one of them sees them. */
export interface Siblings {
  /** Worker processes of this gateway, this one included; 1 means that it is alone. */
  readonly count: number;
  /** The worker slot of this process, from `0` on. Whoever follows in it, after a crash or a restart, has the same. */
  readonly slot: string;
  /**
   * To all others, in a fraction of a millisecond, each at most once; never to this process itself. A worker that is
   * just starting misses it.
   */
  send(topic: string, body: JsonValue): void;
  /** What others send under this topic. */
  on(topic: string, listener: (body: JsonValue) => void): void;
  /**
   * Asks the primary, where one answer holds for all workers; null if none comes within a quarter of a second, or
   * nobody answers there.
   */
  ask(topic: string, body: JsonValue): Promise<JsonValue>;
}

/** What the primary says to a question of a worker: at once, and on what it alone knows. */
export type PrimaryAnswers = Readonly<Record<string, (body: JsonValue) => JsonValue>>;

/** A gateway of one process: nobody to tell, nobody to hear. */
export const noSiblings: Siblings = {
  count: 1,
  slot: '0',
  send: () => undefined,
  on: () => undefined,
  ask: () => Promise.resolve(null),
};
