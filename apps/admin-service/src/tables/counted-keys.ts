import type { KeyStatus } from '@keyfold/domain';

/** The instants that active keys are counted by, milliseconds since 1970, each the earliest first. */
export interface CountLimits {
  readonly nowMs: number;
  readonly ends: readonly number[];
  readonly made: readonly number[];
  readonly idle: readonly number[];
  /** The number of the first week that issues and revocations are counted of. */
  readonly firstWeek: number;
}

/** Numbers of keys by the number of the week. */
export type WeekCounts = ReadonlyMap<number, number>;

/** What was counted: of each limit, how many active keys have their value before it. */
export interface CountedKeys {
  readonly byStatus: Readonly<Record<KeyStatus, number>>;
  readonly ends: readonly number[];
  readonly made: readonly number[];
  readonly idle: readonly number[];
  readonly issued: WeekCounts;
  readonly revoked: WeekCounts;
}

/**
 * How many limits a key has reached by its last use, or else by its creation.
 *
 * @param use its row in `keyfold.key_uses`
 * @param limits a parameter: instants in milliseconds since 1970, the earliest first
 */
export const idlePlace = (key: string, use: string, limits: string): string => `
    greatest(
      width_bucket(${key}.created_at_ms, ${limits}::bigint[]),
      width_bucket(${use}.last_use, array(
        select to_timestamp(l.ms::float8 / 1000)
        from unnest(${limits}::bigint[]) with ordinality as l (ms, nth)
        order by l.nth
      ))
    )`;
