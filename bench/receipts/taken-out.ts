import { once } from 'node:events';
import { compare } from '../harness/compare.js';
import type { BenchOptions, Figure } from '../harness/figure.js';
import { FORWARDED_LINES, keepAuthorizations } from '../stack/proven-key.js';
import type { Gateway, GatewayOptions, Services } from '../stack/services.js';
import { ask, pinServers } from '../support/asked-server.js';
import type { HttpLoad } from '../support/http-load.js';
import type { RevocableKey } from './revocations.js';
import type { Without } from './switched-gateway.js';

/** What a gateway is started with for {@link compareWithout}. */
export const SWITCHED: GatewayOptions = { module: 'bench/receipts/switched-gateway.js' };

const CONNECTIONS = 32;
/** What may be lost of what the gateway does without. */
const AIM = 0.98;

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

/** Answers for each second of a gateway's processor time as it is, against the same process without a part of it. */
export async function compareWithout(taken: TakenOut, { progress, rounds, seconds }: BenchOptions): Promise<Figure> {
  const { gateway, key, name, note, services, without } = taken;
  const server = { url: gateway.url, pid: gateway.child.process.pid ?? 0 };
  const load: HttpLoad = {
    url: `${gateway.url}/v1/forward-auth`,
    seconds,
    authorizationsFile: await keepAuthorizations(services.dataDir, 'taken-out', [key.authorization]),
    connections: CONNECTIONS,
    lines: FORWARDED_LINES,
    answerEnd: '\r\n\r\n',
    statuses: [200],
  };
  const isPinned = pinServers(server);
  const side = (out: Without) => async (): Promise<number> => {
    await takeOut(gateway, out);
    const { perCpuSecond, perSecond } = await ask(server, load);
    return perCpuSecond ?? perSecond;
  };
  const figure = await compare({
    name,
    unit: 'answers per processor second',
    aim: AIM,
    rounds,
    progress,
    ours: side('nothing'),
    theirs: side(without),
    note: `${note}; one process, ${isPinned ? 'on one core' : 'not pinned'}`,
  });
  await takeOut(gateway, 'nothing');
  return figure;
}

async function takeOut({ child }: Gateway, without: Without): Promise<void> {
  const told = once(child.process, 'message');
  child.process.send(without);
  await told;
}
