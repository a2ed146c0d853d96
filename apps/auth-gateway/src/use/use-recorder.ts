import { isIP } from 'node:net';
import { type KeyUse, MAX_REPORTED_ADDRESSES, type RetiredKeyUse } from '@keyfold/messaging';
import type { Surface } from '../authentication/verdict.js';
import { NO_USE, type UsedKey } from '../facts/held-facts.js';

interface LastRetiredUse {
  atMs: number;
  readonly addresses: Set<string>;
}

/** Uses that were taken out to be reported. */
export interface TakenUses {
  readonly uses: readonly KeyUse[];
  readonly retired: readonly RetiredKeyUse[];
}

const MAX_KEYS = 200_000;
const MAX_RETIRED_KEYS = 2_000;

/**
 * Remembers each key's last use until it is reported. A request of a key that was used a moment ago costs one look at a
 * place that the key knows: no clock is read and nothing is made. Bounded; what has waited longest goes first, and is
 * counted.
 */
export class UseRecorder {
  private readonly uses: WaitingUses;
  private readonly retired = new WaitingKeys<LastRetiredUse>();
  private readonly max: { readonly keys: number; readonly retiredKeys: number };
  private nowMs: number | null = null;
  private _dropped = 0;

  /** @param logTimeMs the log's clock, null as long as it is not set; read by {@link tick} alone */
  constructor(
    private readonly logTimeMs: () => number | null,
    max: { readonly keys: number; readonly retiredKeys: number } = { keys: MAX_KEYS, retiredKeys: MAX_RETIRED_KEYS },
  ) {
    this.max = max;
    this.uses = new WaitingUses(max.keys);
  }

  /** Keys whose use nobody will hear of, since too many were waiting. */
  get dropped(): number {
    return this._dropped;
  }

  get waiting(): number {
    return this.uses.size + this.retired.size;
  }

  /** So many wait that they should be taken out before some must go. */
  get isFilling(): boolean {
    return 2 * this.uses.size > this.max.keys || 2 * this.retired.size > this.max.retiredKeys;
  }

  /** Reads the clock: all uses until the next time are of this moment. */
  tick(): void {
    this.nowMs = this.logTimeMs();
  }

  /** The key has let somebody pass. */
  noteUse(key: UsedKey, address: string | null, surface: Surface): void {
    if (!this.uses.note(key, this.nowMs ?? this.now(), address, surface)) this._dropped++;
  }

  /** Somebody has proven a key that is revoked or superseded. */
  noteRetired(keyId: string, address: string | null): void {
    const atMs = this.nowMs ?? this.now();
    let use = this.retired.get(keyId);
    if (use === undefined) {
      if (this.retired.makeRoom(this.max.retiredKeys)) this._dropped++;
      this.retired.set(keyId, (use = { atMs, addresses: new Set() }));
    }
    use.atMs = atMs;
    if (isAddress(address) && use.addresses.size < MAX_REPORTED_ADDRESSES) use.addresses.add(address);
  }

  /** Takes out what has waited longest, at most so many of each kind; null if nothing waits. */
  take(most: number): TakenUses | null {
    if (this.waiting === 0) return null;
    const uses = this.uses.take(most);
    const retired = takeFirst(this.retired, most).map(([keyId, { addresses, atMs }]) => ({
      keyId,
      at: new Date(atMs).toISOString(),
      addresses: [...addresses],
    }));
    return { uses, retired };
  }

  /** Nothing is proven before the first head has set the clock; the fallback only spares callers a case. */
  private now(): number {
    this.tick();
    return this.nowMs ?? 0;
  }
}

/**
 * The last uses of keys, in the order in which the keys began to wait: a ring of arrays, written one place after the
 * other whichever keys are used.
 */
class WaitingUses {
  private readonly keys: (UsedKey | null)[] = [];
  private readonly atMs: Float64Array;
  private readonly addresses: (string | null)[] = [];
  private readonly surfaces: Surface[] = [];
  private first = 0;
  private _size = 0;

  constructor(private readonly max: number) {
    this.atMs = new Float64Array(max);
  }

  get size(): number {
    return this._size;
  }

  /** @returns false if the one that has waited longest had to go */
  note(key: UsedKey, atMs: number, address: string | null, surface: Surface): boolean {
    const isWaiting = key.useMark !== NO_USE && this.keys[key.useMark] === key;
    if (isWaiting && this.atMs[key.useMark] === atMs) return true;
    const hasRoom = isWaiting || this._size < this.max;
    if (!hasRoom) this.dropFirst();
    if (!isWaiting) key.useMark = (this.first + this._size++) % this.max;
    const place = key.useMark;
    this.keys[place] = key;
    this.atMs[place] = atMs;
    this.addresses[place] = address;
    this.surfaces[place] = surface;
    return hasRoom;
  }

  take(most: number): KeyUse[] {
    // A key that has left memory and come back waits twice, the later use behind the earlier.
    const taken = new Map<string, KeyUse>();
    let [atMs, at] = [Number.NaN, ''];
    for (let left = Math.min(most, this._size); left > 0; left--) {
      const place = this.first;
      const key = this.dropFirst();
      if (this.atMs[place] !== atMs) {
        atMs = this.atMs[place] ?? 0;
        at = new Date(atMs).toISOString();
      }
      const [address = null, surface] = [this.addresses[place], this.surfaces[place]];
      if (key === null || surface === undefined) continue;
      taken.set(key.key, { keyId: key.key, at, address: isAddress(address) ? address : null, surface });
    }
    return [...taken.values()];
  }

  private dropFirst(): UsedKey | null {
    const key = this.keys[this.first] ?? null;
    this.keys[this.first] = null;
    this.first = (this.first + 1) % this.max;
    this._size--;
    return key;
  }
}

/** Keys that wait to be reported, the longest waiting first. */
class WaitingKeys<Use> extends Map<string, Use> {
  private oldest = this.keys();

  /** Forgets the one that has waited longest if there are so many; @returns whether it had to */
  makeRoom(max: number): boolean {
    if (this.size < max) return false;
    let { done, value } = this.oldest.next();
    if (done === true) ({ done, value } = (this.oldest = this.keys()).next());
    return value !== undefined && this.delete(value);
  }
}

/** With anything else in it an entry of a report is not taken at all. */
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
