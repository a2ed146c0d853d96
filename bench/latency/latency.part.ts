import type { BenchOptions, Figure, Part } from '../harness/figure.js';
import { percentile } from '../harness/spread.js';
import { AdminSession } from '../stack/admin-session.js';
import type { Services } from '../stack/services.js';
import { waitFor, waitUntilReady, withServices } from '../stack/services.js';
import type { Child } from '../support/child.js';
import type { ProbeMessage } from './probe-message.js';

const WRITES_PER_ROUND = 60;
const ARRIVAL_TIMEOUT_MS = 10_000;

export const latencyPart: Part = {
  name: 'latency',
  about: "from the admin-service's commit to the gateway's memory, idle system",
  run: (options) =>
    withServices((services) => measure(services, options), { adminModule: 'bench/latency/admin-probe.js' }),
};

async function measure(services: Services, options: BenchOptions): Promise<Figure[]> {
  const committed = collect(services.admin);
  const gateway = await services.startGateway('latency', { module: 'bench/latency/gateway-probe.js' });
  const applied = collect(gateway.child);
  await waitUntilReady(gateway.opsUrl, gateway.child);
  const session = await AdminSession.signIn(services.adminUrl, services.adminPassword);
  const role = await session.call<{ id: string }>('POST', '/v1/roles', { name: 'bench', permissions: [] });
  const milliseconds: number[] = [];
  const writes = Math.round(options.rounds * WRITES_PER_ROUND);
  for (let write = 0; write < writes; write += 1) {
    // At random moments, so that no timer of the system happens to be in step with us.
    await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 100));
    const before = committed.largest();
    await session.call('PATCH', `/v1/roles/${role.id}`, { description: `change ${write}` });
    await waitFor('the commit', ARRIVAL_TIMEOUT_MS, () => Promise.resolve(committed.largest() > before));
    const size = committed.largest();
    await waitFor('the gateway', ARRIVAL_TIMEOUT_MS, () => Promise.resolve(applied.largest() >= size));
    // The first writes find connections and code cold.
    if (write >= WRITES_PER_ROUND / 6) milliseconds.push(Number(applied.at(size) - committed.at(size)) / 1e6);
  }
  options.progress(`latency: ${milliseconds.length} writes`);
  const values = {
    p50: percentile(milliseconds, 50),
    p99: percentile(milliseconds, 99),
    max: percentile(milliseconds, 100),
  };
  const note = `${milliseconds.length} writes`;
  return [
    { kind: 'duration', name: "commit to gateway's memory", aim: { p50: 5, p99: 25 }, milliseconds: values, note },
  ];
}

interface Seen {
  largest(): number;
  /** When the log was first known to be at least this large. */
  at(size: number): bigint;
}

function collect(child: Child): Seen {
  const messages: ProbeMessage[] = [];
  child.process.on('message', (message) => {
    // Nothing else is sent over this channel.
    messages.push(message as ProbeMessage);
  });
  return {
    largest: () => messages.at(-1)?.size ?? 0,
    at(size) {
      const first = messages.find((message) => message.size >= size);
      if (first === undefined) throw new Error(`nothing was told about size ${size}`);
      return BigInt(first.at);
    },
  };
}
