import type { Histogram, Registry } from 'prom-client';
import { type Surface, SURFACES } from '../authentication/verdict.js';

const NAME = 'keyfold_gateway_decision_duration_seconds';
/**
 * From a decision in memory (some microseconds) to one that waits for Argon2 (tens of milliseconds) or for the feed
 * (250 ms).
 */
const BOUNDS_SECONDS = [0.00001, 0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
/** Of the decisions that need no waiting, so many share one reading of the clock, which costs more than counting. */
const SHARE_A_READING = 16;

interface Durations {
  /** The last is what is above all bounds. */
  readonly buckets: number[];
  sumSeconds: number;
}

/**
 * How long decisions take. Each asynchronous one is timed. Synchronous ones take a few microseconds: every sixteenth is
 * timed, and the ones after it count as much.
 */
export class DecisionDurations {
  private readonly durations = Object.fromEntries(SURFACES.map((surface) => [surface, noDurations()])) as Record<
    Surface,
    Durations
  >;
  private untimed = 0;
  private inTurnSeconds = 0;

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  /**
   * A decision begins that may not have to wait; @returns when, in milliseconds, or 0 if it is not one that is timed
   */
  begin(): number {
    if (this.untimed > 0) {
      this.untimed--;
      return 0;
    }
    this.untimed = SHARE_A_READING - 1;
    return this.nowMs();
  }

  /** A decision begins that has to wait; @returns when, in milliseconds */
  beginWaiting(): number {
    return this.nowMs();
  }

  /** A decision was made without waiting. */
  madeInTurn(surface: Surface, begunAtMs: number): void {
    if (begunAtMs !== 0) this.inTurnSeconds = (this.nowMs() - begunAtMs) / 1_000;
    this.count(surface, this.inTurnSeconds);
  }

  /** A decision that had to wait was made. */
  made(surface: Surface, begunAtMs: number): void {
    this.count(surface, (this.nowMs() - begunAtMs) / 1_000);
  }

  register(registry: Registry): void {
    const get = (): Promise<unknown> =>
      Promise.resolve({
        name: NAME,
        help: 'Time to decide, by surface: from the credentials at hand to the verdict.',
        type: 'histogram',
        aggregator: 'sum',
        values: SURFACES.flatMap((surface) => samples(surface, this.durations[surface])),
      });
    // A registry asks a metric for its name and its values; the library's own histogram can only be filled one value at
    // a time.
    registry.registerMetric({ name: NAME, get } as unknown as Histogram);
  }

  private count(surface: Surface, seconds: number): void {
    const durations = this.durations[surface];
    let bucket = 0;
    while (bucket < BOUNDS_SECONDS.length && seconds > (BOUNDS_SECONDS[bucket] ?? 0)) bucket++;
    durations.buckets[bucket] = (durations.buckets[bucket] ?? 0) + 1;
    durations.sumSeconds += seconds;
  }
}

function noDurations(): Durations {
  return { buckets: new Array<number>(BOUNDS_SECONDS.length + 1).fill(0), sumSeconds: 0 };
}

interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

function samples(surface: Surface, { buckets, sumSeconds }: Durations): Sample[] {
  let count = 0;
  const cumulated = [...BOUNDS_SECONDS, '+Inf'].map((le, at): Sample => {
    count += buckets[at] ?? 0;
    return { metricName: `${NAME}_bucket`, labels: { le, surface }, value: count };
  });
  return [
    ...cumulated,
    { metricName: `${NAME}_sum`, labels: { surface }, value: sumSeconds },
    { metricName: `${NAME}_count`, labels: { surface }, value: count },
  ];
}
