import type { BenchOptions, Figure } from '../harness/figure.js';
import { percentile } from '../harness/spread.js';
import { type Gateway, withServices } from '../stack/services.js';
import { numbered, type RevocableKey, Revocations, startFleet, statusAt, useAt } from './revocations.js';

const GATEWAYS = 3;
const REVOCATIONS_A_ROUND = 20;
/** Between two requests at one gateway: what the figure may be off by. */
const PAUSE_MS = 1;
const STEADY_MS = 50;

/** From a revocation that nobody waits for to the last answer that lets the key in, at any of the gateways. */
export function measureLastAccepted({ progress, rounds }: BenchOptions): Promise<Figure[]> {
  return withServices(async (services) => {
    const revocations = await Revocations.start(services);
    const gateways = await startFleet(services, numbered('gw', GATEWAYS));
    const milliseconds: number[] = [];
    for (const key of await revocations.issue(rounds * REVOCATIONS_A_ROUND)) {
      await useAt(gateways, key);
      milliseconds.push(await lastAcceptedAfter(revocations, key, gateways));
    }
    const values = {
      p50: percentile(milliseconds, 50),
      p99: percentile(milliseconds, 99),
      max: percentile(milliseconds, 100),
    };
    progress(`receipts: last accepted: ${JSON.stringify(values)}`);
    const asked = `${GATEWAYS} gateways, each asked again ${PAUSE_MS} ms after an answer`;
    const note = `${milliseconds.length} revocations, ${asked}`;
    const name = 'unconfirmed revocation to the last accepted request';
    return [{ kind: 'duration', name, aim: {}, milliseconds: values, note }];
  });
}

async function lastAcceptedAfter(
  revocations: Revocations,
  key: RevocableKey,
  gateways: readonly Gateway[],
): Promise<number> {
  const lasts = gateways.map((gateway) => lastAccepted(gateway, key));
  await pause(STEADY_MS * (1 + Math.random()));
  const sentMs = performance.now();
  await revocations.revoke(key);
  return Math.max(0, ...(await Promise.all(lasts)).map((lastMs) => lastMs - sentMs));
}

/** Asks with the key until it is refused; @returns when the last answer came that let it in */
export async function lastAccepted(gateway: Pick<Gateway, 'url'>, key: RevocableKey): Promise<number> {
  let lastMs = Number.NEGATIVE_INFINITY;
  for (;;) {
    const status = await statusAt(gateway, key);
    // A gateway without a lease answers 503, and may have one again before it has the revocation.
    if (status === 401) return lastMs;
    if (status === 200) lastMs = performance.now();
    await pause(PAUSE_MS);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
