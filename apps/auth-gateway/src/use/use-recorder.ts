import { isIP } from 'node:net';
import { MAX_REPORTED_ADDRESSES, type KeyUse, type RetiredKeyUse } from '@keyfold/messaging';
import type { Surface } from '../authentication/verdict.js';

interface LastUse {
  atMs: number;
  address: string | null;
  surface: Surface;
}

interface LastRetiredUse {
  atMs: number;
  readonly addresses: Set<string>;
}

/** Uses that were taken out to be reported. */
export interface TakenUses {
  readonly uses: readonly KeyUse[];
  readonly retired: readonly RetiredKeyUse[];
}

const MAX_KEYS = 50_000;
const MAX_RETIRED_KEYS = 2_000;

/**
 * Remembers each key's last use until it is reported. A request of a key that was used a moment ago costs one look into a map: no clock is
 * read and nothing is made. Bounded; what has waited longest goes first, and is counted.
 */
export class UseRecorder {
  readonly #uses = new WaitingKeys<LastUse>();
  readonly #retired = new WaitingKeys<LastRetiredUse>();
  readonly #max: { readonly keys: number; readonly retiredKeys: number };
  #nowMs: number | null = null;
  #dropped = 0;

  /** @param logTimeMs the log's clock, null as long as it is not set; read by {@link tick} alone */
  constructor(
    private readonly logTimeMs: () => number | null,
    max: { readonly keys: number; readonly retiredKeys: number } = { keys: MAX_KEYS, retiredKeys: MAX_RETIRED_KEYS },
  ) {
    this.#max = max;
  }

  /** Keys whose use nobody will hear of, since too many were waiting. */
  get dropped(): number {
    return this.#dropped;
  }

  get waiting(): number {
    return this.#uses.size + this.#retired.size;
  }

  /** Reads the clock: all uses until the next time are of this moment. */
  tick(): void {
    this.#nowMs = this.logTimeMs();
  }

  /** The key has let somebody pass. */
  noteUse(keyId: string, address: string | null, surface: Surface): void {
    const atMs = this.#nowMs ?? this.now();
    const use = this.#uses.get(keyId);
    if (use === undefined) {
      if (this.#uses.makeRoom(this.#max.keys)) this.#dropped++;
      this.#uses.set(keyId, { atMs, address, surface });
    } else if (use.atMs !== atMs) {
      use.atMs = atMs;
      use.address = address;
      use.surface = surface;
    }
  }

  /** Somebody has proven a key that is revoked or superseded. */
  noteRetired(keyId: string, address: string | null): void {
    const atMs = this.#nowMs ?? this.now();
    let use = this.#retired.get(keyId);
    if (use === undefined) {
      if (this.#retired.makeRoom(this.#max.retiredKeys)) this.#dropped++;
      this.#retired.set(keyId, (use = { atMs, addresses: new Set() }));
    }
    use.atMs = atMs;
    if (isAddress(address) && use.addresses.size < MAX_REPORTED_ADDRESSES) use.addresses.add(address);
  }

  /** Takes out what has waited longest, at most so many of each kind; null if nothing waits. */
  take(most: number): TakenUses | null {
    if (this.waiting === 0) return null;
    const uses = takeFirst(this.#uses, most).map(([keyId, { address, atMs, surface }]) => ({
      keyId,
      at: new Date(atMs).toISOString(),
      address: isAddress(address) ? address : null,
      surface,
    }));
    const retired = takeFirst(this.#retired, most).map(([keyId, { addresses, atMs }]) => ({
      keyId,
      at: new Date(atMs).toISOString(),
      addresses: [...addresses],
    }));
    return { uses, retired };
  }

  /** Nothing is proven before the first head has set the clock; the fallback only spares callers a case. */
  private now(): number {
    this.tick();
    return this.#nowMs ?? 0;
  }
}

/** Keys that wait to be reported, the longest waiting first. */
class WaitingKeys<Use> extends Map<string, Use> {
  #oldest = this.keys();

  /** Forgets the one that has waited longest if there are so many; @returns whether it had to */
  makeRoom(max: number): boolean {
    if (this.size < max) return false;
    let { done, value } = this.#oldest.next();
    if (done === true) ({ done, value } = (this.#oldest = this.keys()).next());
    return value !== undefined && this.delete(value);
  }
}

/** Callers of /v1/verify say what they like; a zone is of no use to others. */
function isAddress(address: string | null): address is string {
  return address !== null && isIP(address) !== 0 && !address.includes('%');
}

function takeFirst<Value>(waiting: Map<string, Value>, most: number): [string, Value][] {
  const taken: [string, Value][] = [];
  for (const entry of waiting) {
    if (taken.length >= most) break;
    taken.push(entry);
  }
  for (const [keyId] of taken) waiting.delete(keyId);
  return taken;
}
