/** Header fields that tell a client how much is left (draft-ietf-httpapi-ratelimit-headers). */
export type RateLimitFields = Readonly<Record<'ratelimit-policy' | 'ratelimit', string>>;

/** One limit and what is used of it. */
export interface LimitState {
  readonly name: string;
  readonly quota: number;
  readonly used: number;
  /** Until some of what is used becomes free again. */
  readonly resetSeconds: number;
}

/**
 * The fields `RateLimit-Policy` and `RateLimit`. Whole seconds, never less than until something becomes free.
 *
 * @param windowSeconds of every limit
 */
export function rateLimitFields(windowSeconds: number, limits: readonly LimitState[]): RateLimitFields {
  return {
    'ratelimit-policy': limits.map(({ name, quota }) => `"${name}";q=${quota};w=${windowSeconds}`).join(', '),
    ratelimit: limits
      .map((limit) => `"${limit.name}";r=${remaining(limit)};t=${reset(limit, windowSeconds)}`)
      .join(', '),
  };
}

function remaining({ quota, used }: LimitState): number {
  return Math.max(0, quota - used);
}

function reset({ resetSeconds }: LimitState, windowSeconds: number): number {
  return Math.min(windowSeconds, Math.max(1, Math.ceil(resetSeconds)));
}
