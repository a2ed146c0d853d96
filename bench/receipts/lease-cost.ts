import type { BenchOptions, Figure } from '../harness/figure.js';
import { withServices } from '../stack/services.js';
import { Revocations, startFleet, useAt } from './revocations.js';
import { compareWithout, SWITCHED } from './taken-out.js';

/** A record a second, so that there is a new head to cosign with each renewal. */
const RECORD_EACH_MS = 1_000;

/** What leases, renewals and cosignatures take of a gateway that answers as fast as it can. */
export function measureLeaseCost(options: BenchOptions): Promise<Figure[]> {
  return withServices(async (services) => {
    const revocations = await Revocations.start(services);
    const [gateway] = await startFleet(services, ['gw'], SWITCHED);
    const [key] = await revocations.issue(1);
    if (gateway === undefined || key === undefined) throw new Error('there is one of each');
    await useAt([gateway], key);
    const records = setInterval(() => void revocations.append().catch(() => undefined), RECORD_EACH_MS);
    try {
      const name = 'forward-auth with leases and cosignatures, against none';
      const note = 'a record a second on both sides; the other side asks for no head and checks no lease';
      return [await compareWithout({ name, services, gateway, key, without: 'leases', note }, options)];
    } finally {
      clearInterval(records);
    }
  });
}
