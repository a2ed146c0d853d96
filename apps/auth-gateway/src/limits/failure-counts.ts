import { createHmac } from 'node:crypto';

/** Failures are counted a minute at a time. */
export const FAILURE_WINDOW_SECONDS = 60;
const WINDOW_MS = FAILURE_WINDOW_SECONDS * 1_000;
const BUCKET_BITS = 16;
/** Places to count at, for all names that there may be. */
export const BUCKETS = 2 ** BUCKET_BITS;

/**
 * Counts failures by name in a fixed piece of memory: names that fall into the same bucket are counted together.
 * Whoever makes up names without end fills nothing and pushes nobody's count out; all they can do is to bring more
 * names to the limit, and those who get past it are only ones that have failed.
 *
 * A minute begins with the first failure after the last one was over, so at most twice the limit is counted in any 60
 * seconds.
 */
export class FailureCounts {
  private readonly _startedAtMs = new Float64Array(BUCKETS).fill(Number.NEGATIVE_INFINITY);
  private readonly counts = new Uint16Array(BUCKETS);

  /** @param limit of failures in a minute */
  constructor(readonly limit: number) {}

  /** @param nowMs on a clock that never goes back */
  add(bucket: number, nowMs: number): void {
    if (this.isOver(bucket, nowMs)) {
      this._startedAtMs[bucket] = nowMs;
      this.counts[bucket] = 1;
    } else this.counts[bucket] = Math.min(this.limit, this.count(bucket) + 1);
  }

  /** Whole seconds until the minute is over, if it has seen as many failures as the limit; otherwise 0. */
  waitSeconds(bucket: number, nowMs: number): number {
    if (this.count(bucket) < this.limit || this.isOver(bucket, nowMs)) return 0;
    return Math.ceil((this.startedAtMs(bucket) + WINDOW_MS - nowMs) / 1_000);
  }

  private isOver(bucket: number, nowMs: number): boolean {
    return nowMs >= this.startedAtMs(bucket) + WINDOW_MS;
  }

  private startedAtMs(bucket: number): number {
    return this._startedAtMs[bucket] ?? 0;
  }

  private count(bucket: number): number {
    return this.counts[bucket] ?? 0;
  }
}

/** What all processes of a gateway make of the key that they share, and nobody else can. */
export function failureSeed(gatewayKey: Buffer): number {
  return createHmac('sha256', gatewayKey).update('keyfold/v1/failure-buckets').digest().readInt32LE();
}

/** The bucket of a name (FNV-1a, then mixed). Who does not know the seed cannot aim at the bucket of another name. */
export function bucketOf(name: string, seed: number): number {
  let hash = seed;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01_00_01_93);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2_b2_ae_35);
  return (hash ^ (hash >>> 16)) >>> (32 - BUCKET_BITS);
}
