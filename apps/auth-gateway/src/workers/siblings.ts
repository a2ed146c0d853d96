import type { JsonValue } from '@keyfold/domain';

/** The other worker processes of this gateway, as one of them sees them. */
export interface Siblings {
  /** Worker processes of this gateway, this one included; 1 means that it is alone. */
  readonly count: number;
  /** To all others, in a fraction of a millisecond, each at most once; never to this process itself. A worker that is just starting misses it. */
  send(topic: string, body: JsonValue): void;
  /** What others send under this topic. */
  on(topic: string, listener: (body: JsonValue) => void): void;
}

/** A gateway of one process: nobody to tell, nobody to hear. */
export const noSiblings: Siblings = { count: 1, send: () => undefined, on: () => undefined };
