import type { BenchOptions, Figure } from '../harness/figure.js';
import { percentile } from '../harness/spread.js';
import { withServices } from '../stack/services.js';
import { numbered, Revocations, startFleet } from './revocations.js';

/** Gateways of one process each. */
const FLEETS = [1, 3, 20];
const REVOCATIONS_A_ROUND = 60;
/** With three gateways. */
const AIM_P99_MS = 25;
const GIVEN_UP = 10;

/** A revocation that is waited for, to the answer that it is confirmed, on an idle system. */
export async function measureConfirmed(options: BenchOptions): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const size of FLEETS) figures.push(await measureFleet(size, options));
  return figures;
}

/** @param size gateways */
export async function measureFleet(size: number, { progress, rounds }: BenchOptions): Promise<Figure> {
  const milliseconds = await withServices(async (services) => {
    const revocations = await Revocations.start(services);
    await startFleet(services, numbered('gw', size));
    return confirmedTimes(revocations, rounds * REVOCATIONS_A_ROUND);
  });
  const values = {
    p50: percentile(milliseconds, 50),
    p99: percentile(milliseconds, 99),
    max: percentile(milliseconds, 100),
  };
  progress(`receipts: ${size} gateways: ${JSON.stringify(values)}`);
  return {
    kind: 'duration',
    name: `revocation to confirmed, ${size} ${size === 1 ? 'gateway' : 'gateways'}`,
    aim: size === 3 ? { p99: AIM_P99_MS } : {},
    milliseconds: values,
    note: `${milliseconds.length} revocations, by the caller's clock`,
  };
}

async function confirmedTimes(revocations: Revocations, count: number): Promise<number[]> {
  const milliseconds: number[] = [];
  for (const [nth, key] of (await revocations.issue(count + GIVEN_UP)).entries()) {
    // At random moments, so that no timer of the system happens to be in step with us.
    await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 100));
    const { milliseconds: took } = await revocations.confirmed(key);
    // The first ones find connections and code cold.
    if (nth >= GIVEN_UP) milliseconds.push(took);
  }
  return milliseconds;
}
