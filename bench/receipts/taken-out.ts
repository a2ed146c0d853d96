import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { compare } from '../harness/compare.js';
import type { BenchOptions, Figure } from '../harness/figure.js';
import { FORWARDED_LINES, keepAuthorizations } from '../stack/proven-key.js';
import type { Gateway, GatewayOptions, Services } from '../stack/services.js';
import { pinServers } from '../support/asked-server.js';
import { nodeCommand, startChild } from '../support/child.js';
import { LOAD_CORE, pin } from '../support/cores.js';
import type { HttpLoad } from '../support/http-load.js';
import type { RevocableKey } from './revocations.js';
import type { Meter, Without } from './switched-gateway.js';

/** What a gateway is started with for {@link compareWithout}. */
export const SWITCHED: GatewayOptions = { module: 'bench/receipts/switched-gateway.js' };

const CONNECTIONS = 32;
/** What may be lost of what the gateway does without. */
const AIM = 0.98;
/** As long as the gateway's regular work takes to come round: a shorter round would have it or not have it. */
const ROUND_MS = 1_000;
/** Of these, for each round of the bench's other figures. */
const ROUNDS_EACH = 8;
/** What the switch itself makes the gateway do does not count. */
const SETTLE_MS = 100;
/** The load ends with the comparison. */
const LOAD_SECONDS = 3_600;

export interface TakenOut {
  readonly name: string;
  readonly services: Services;
  /** Started with {@link SWITCHED}. */
  readonly gateway: Gateway;
  /** Passes, whatever is taken out. */
  readonly key: RevocableKey;
  readonly without: Without;
  readonly note: string;
}

/**
 * Decisions for each second of a gateway's processor time as it is, against the same process without a part of it. One
 * load runs all the time, and the sides change each second under it.
 */
export async function compareWithout(taken: TakenOut, { progress, rounds }: BenchOptions): Promise<Figure> {
  const { gateway, key, name, note, services, without } = taken;
  const load: HttpLoad = {
    url: `${gateway.url}/v1/forward-auth`,
    seconds: LOAD_SECONDS,
    authorizationsFile: await keepAuthorizations(services.dataDir, 'taken-out', [key.authorization]),
    connections: CONNECTIONS,
    lines: FORWARDED_LINES,
    answerEnd: '\r\n\r\n',
    statuses: [200],
  };
  const isPinned = pinServers({ url: gateway.url, pid: gateway.child.process.pid ?? 0 });
  const asking = startChild(nodeCommand('bench/support/load-process.js', JSON.stringify(load)));
  pin(asking.process.pid ?? 0, LOAD_CORE);
  try {
    const side = (out: Without) => () => decisionsPerCpuSecond(gateway, out);
    // Code that has just been compiled is slower.
    for (const out of ['nothing', without] as const) for (let nth = 0; nth < 3; nth += 1) await side(out)();
    return await compare({
      name,
      unit: 'decisions per processor second',
      aim: AIM,
      rounds: rounds * ROUNDS_EACH,
      range: 'quartiles',
      progress,
      ours: side('nothing'),
      theirs: side(without),
      note: `${note}; one process, ${isPinned ? 'on one core' : 'not pinned'}; quartiles of ${rounds * ROUNDS_EACH} rounds`,
    });
  } finally {
    await asking.stop();
    await takeOut(gateway, 'nothing');
  }
}

async function decisionsPerCpuSecond(gateway: Gateway, out: Without): Promise<number> {
  await takeOut(gateway, out);
  await delay(SETTLE_MS);
  const before = await takeOut(gateway, out);
  await delay(ROUND_MS);
  const after = await takeOut(gateway, out);
  const decisions = after.decisions - before.decisions;
  if (decisions === 0) throw new Error('nothing was decided: the load has ended');
  return decisions / (after.cpuSeconds - before.cpuSeconds);
}

async function takeOut({ child }: Gateway, without: Without): Promise<Meter> {
  const told = once(child.process, 'message');
  child.process.send(without);
  const [meter] = (await told) as [Meter];
  return meter;
}
