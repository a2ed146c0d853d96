/** A limit that has been reached. */
export interface ReachedLimit {
  /** What the limit is on: the policy's name in `RateLimit-Policy`. */
  readonly name: 'key' | 'failures-of-key' | 'failures-from-network';
  /** So many are let through ... */
  readonly requests: number;
  /** ... in so many seconds. */
  readonly seconds: number;
  /** In so many whole seconds the next one is let through again, if nothing else comes meanwhile. */
  readonly retrySeconds: number;
}
