import { leaseOverAfterMs } from '@keyfold/domain';
import type { BenchOptions, Figure } from '../harness/figure.js';
import { percentile } from '../harness/spread.js';
import { type Gateway, type Services, waitUntilReady, withServices } from '../stack/services.js';
import { type Cuttable, cuttableTo } from './cuttable.js';
import { lastAccepted } from './last-accepted.js';
import { numbered, type RevocableKey, Revocations, startFleet, useAt } from './revocations.js';

/** The shortest that the setting takes; the default is 60. */
const LEASE_SECONDS = 5;
/** How long a replica lets such a lease stand, and how often it looks. */
const AIM_MS = leaseOverAfterMs(LEASE_SECONDS) + 200;
const CUT_OFF = 'gw-cut-off';

/** A revocation while one of three gateways reaches neither NATS nor the admin-service, and still answers requests. */
export function measureCutOff({ progress, rounds }: BenchOptions): Promise<Figure[]> {
  return withServices(async (services) => {
    const revocations = await Revocations.start(services, { gatewayLeaseSeconds: LEASE_SECONDS });
    const reachable = await startFleet(services, numbered('gw', 2));
    const { gateway, ways } = await startCuttable(services);
    const confirmed: number[] = [];
    const accepted: number[] = [];
    for (const key of await revocations.issue(rounds)) {
      await useAt([...reachable, gateway], key);
      const took = await withoutContact({ gateway, ways }, key, revocations);
      confirmed.push(took.confirmedMs);
      accepted.push(took.lastAcceptedMs);
      progress(`receipts: cut off: ${JSON.stringify(took)}`);
      await waitUntilReady(gateway.opsUrl, gateway.child);
    }
    const last = `the one cut off accepted its last request at most ${Math.round(Math.max(...accepted))} ms after it`;
    return [
      {
        kind: 'duration',
        name: `revocation to confirmed, one of three gateways cut off, a lease of ${LEASE_SECONDS} s`,
        aim: { max: AIM_MS },
        milliseconds: { p50: percentile(confirmed, 50), max: percentile(confirmed, 100) },
        note: `the default lease is 60 s; ${last}, never after the confirmation`,
      },
    ];
  });
}

interface CutGateway {
  readonly gateway: Gateway;
  readonly ways: readonly Cuttable[];
}

async function startCuttable(services: Services): Promise<CutGateway> {
  const [nats, admin] = await Promise.all(
    [services.natsUrl, services.adminInternalUrl].map((url) => cuttableTo(Number(new URL(url).port))),
  );
  if (nats === undefined || admin === undefined) throw new Error('there are two ways');
  const env = {
    KEYFOLD_NATS_URL: `nats://127.0.0.1:${nats.port}`,
    KEYFOLD_ADMIN_INTERNAL_URL: `http://127.0.0.1:${admin.port}`,
  };
  const [gateway] = await startFleet(services, [CUT_OFF], { env });
  if (gateway === undefined) throw new Error('one gateway was started');
  const ways = [nats, admin];
  for (const way of ways) services.closeAtEnd(() => way.close());
  return { gateway, ways };
}

/** @throws Error if the gateway accepts the key after the confirmation, or is not the one that was waited for */
async function withoutContact(
  { gateway, ways }: CutGateway,
  key: RevocableKey,
  revocations: Revocations,
): Promise<{ readonly confirmedMs: number; readonly lastAcceptedMs: number }> {
  for (const way of ways) way.cut();
  const last = lastAccepted(gateway, key);
  const sentMs = performance.now();
  const { confirmation, milliseconds } = await revocations.confirmed(key);
  for (const way of ways) way.mend();
  const lastAcceptedMs = (await last) - sentMs;
  if (confirmation.gateways.find(({ gatewayId }) => gatewayId === CUT_OFF)?.by !== 'lease-ended')
    throw new Error('the gateway was reached all the same');
  if (lastAcceptedMs > milliseconds) throw new Error('a key was accepted after its revocation was confirmed');
  return { confirmedMs: milliseconds, lastAcceptedMs };
}
