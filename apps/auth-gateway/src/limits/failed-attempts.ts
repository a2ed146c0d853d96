import { readAddress } from '@keyfold/domain';
import { networkOf } from '@keyfold/service-kit';
import { bucketOf, BUCKETS, FAILURE_WINDOW_SECONDS, FailureCounts } from './failure-counts.js';
import type { ReachedLimit } from './reached-limit.js';

const PER_KEY = 100;
const PER_NETWORK = 1_000;
/** For callers of whom no address is known. */
const UNKNOWN_NETWORK = 'unknown';

/** Made once for each wait, since a flood is answered with them. */
const KEY_REACHED = reachedLimits('failures-of-key', PER_KEY);
const NETWORK_REACHED = reachedLimits('failures-from-network', PER_NETWORK);

/**
 * Failed attempts of the last minute, by the key id that was presented, whether there is such a key or not, and by
 * network. Somebody who goes on failing beyond the limits is told to wait, and no further secret of theirs is computed;
 * but an attempt is judged all the same as long as judging costs nothing, so no number of failures holds back who has a
 * right key that was proven before.
 *
 * Argon2 is run only for keys with a genuine tag, which nobody can make up without the shared secret. Its failures are
 * counted apart, so that forged keys, which anybody can send, never hold back the first use of the right one.
 */
export class FailedAttempts {
  private readonly byKey = new FailureCounts(PER_KEY);
  private readonly byNetwork = new FailureCounts(PER_NETWORK);
  private readonly computedByKey = new FailureCounts(PER_KEY);
  private readonly computedByNetwork = new FailureCounts(PER_NETWORK);
  /** Networks from which a wrong secret for a key came. */
  private readonly computedByBoth = new FailureCounts(1);
  /** Their numbers are how other processes of this gateway name them. */
  private readonly all = [this.byKey, this.byNetwork, this.computedByKey, this.computedByNetwork, this.computedByBoth];

  /**
   * @param seed unknown to others, and the same in all processes of a gateway
   * @param nowMs a clock that never goes back
   * @param counted is told of each failure that was counted, as a number for {@link countedElsewhere}
   */
  constructor(
    private readonly seed: number,
    private readonly nowMs: () => number,
    private readonly counted: (place: number) => void = () => undefined,
  ) {}

  /**
   * An attempt has failed, and nobody who made it has proven anything. It is counted unless a limit is reached, which
   * is then what the caller is to hear of.
   *
   * @param keyId the one presented, null where there was none
   * @param ip address of the client as far as it is known
   */
  failed(keyId: string | null, ip: string | null): ReachedLimit | null {
    const nowMs = this.nowMs();
    const network = this.bucket(networkName(ip));
    const key = keyId === null ? null : this.bucket(keyId);
    const ofKey = key === null ? 0 : this.byKey.waitSeconds(key, nowMs);
    if (ofKey > 0) return KEY_REACHED[ofKey] ?? null;
    const ofNetwork = this.byNetwork.waitSeconds(network, nowMs);
    if (ofNetwork > 0) return NETWORK_REACHED[ofNetwork] ?? null;
    if (key !== null) this.count(this.byKey, key, nowMs);
    this.count(this.byNetwork, network, nowMs);
    return null;
  }

  /** Argon2 was run for this key, and the secret was wrong. */
  computedWrong(keyId: string, ip: string | null): void {
    const nowMs = this.nowMs();
    const network = networkName(ip);
    this.count(this.computedByKey, this.bucket(keyId), nowMs);
    this.count(this.computedByNetwork, this.bucket(network), nowMs);
    this.count(this.computedByBoth, this.bucket(`${keyId} ${network}`), nowMs);
  }

  /**
   * Whether Argon2 is not to be run for this key: too many wrong secrets were computed for it, some of them from this
   * network, or for anything from this network. Whoever holds the right secret and comes from elsewhere is let through.
   */
  heldBack(keyId: string, ip: string | null): ReachedLimit | null {
    const nowMs = this.nowMs();
    const network = networkName(ip);
    const ofNetwork = this.computedByNetwork.waitSeconds(this.bucket(network), nowMs);
    if (ofNetwork > 0) return NETWORK_REACHED[ofNetwork] ?? null;
    const ofKey = this.computedByKey.waitSeconds(this.bucket(keyId), nowMs);
    if (ofKey === 0 || this.computedByBoth.waitSeconds(this.bucket(`${keyId} ${network}`), nowMs) === 0) return null;
    return KEY_REACHED[ofKey] ?? null;
  }

  /** Another process of this gateway has counted a failure. */
  countedElsewhere(place: number): void {
    this.all[Math.floor(place / BUCKETS)]?.add(place % BUCKETS, this.nowMs());
  }

  private count(counts: FailureCounts, bucket: number, nowMs: number): void {
    counts.add(bucket, nowMs);
    this.counted(this.all.indexOf(counts) * BUCKETS + bucket);
  }

  private bucket(name: string): number {
    return bucketOf(name, this.seed);
  }
}

function networkName(ip: string | null): string {
  const address = ip === null ? null : readAddress(ip);
  return address === null ? UNKNOWN_NETWORK : networkOf(address);
}

function reachedLimits(name: ReachedLimit['name'], requests: number): readonly ReachedLimit[] {
  return Array.from({ length: FAILURE_WINDOW_SECONDS + 1 }, (_, retrySeconds) => {
    return { name, requests, seconds: FAILURE_WINDOW_SECONDS, retrySeconds };
  });
}
