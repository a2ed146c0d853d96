import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { connect } from '@nats-io/transport-node';
import { commandLineOf, isAlive, signalProcess } from '@keyfold/local-servers';
import { eventually } from './support/eventually.js';
import { expositionProblems } from './support/exposition.js';
import { GatewayProcess } from './support/gateway-process.js';
import { basic, type GatewayWorld, startGatewayWorld } from './support/gateway-world.js';
import type { TestApiKey } from './support/log-writer.js';

/* One gateway of several processes. Every process here is the built one, with real servers around it. */

const patienceMs = 60_000;

let world: GatewayWorld;
const running: GatewayProcess[] = [];

beforeAll(async () => {
  world = await startGatewayWorld();
});
afterAll(async () => {
  for (const gateway of running) await gateway.end();
  await world.stop();
});

async function start(env: Readonly<Record<string, string>> = {}): Promise<GatewayProcess> {
  const gateway = await GatewayProcess.start({
    databaseUrl: (await world.postgres.createDatabase()).ownerUrl,
    adminInternalUrl: world.writer.admin.url,
    natsUrl: world.nats.url,
    env: { KEYFOLD_GATEWAY_WORKERS: '2', ...env },
  });
  running.push(gateway);
  return gateway;
}

/** A connection that stays with the worker it was given to. */
class Line {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(private readonly url: string) {}

  /** The status of a sign-in with the key; 0 if the connection was cut. */
  async ask({ key, username }: TestApiKey): Promise<number> {
    const asked = request(`${this.url}/v1/forward-auth`, {
      agent: this.agent,
      headers: { authorization: basic(username, key) },
    });
    asked.setTimeout(patienceMs / 2, () => asked.destroy(new Error('no answer in time')));
    asked.end();
    try {
      const [response] = (await once(asked, 'response')) as [import('node:http').IncomingMessage];
      response.resume();
      await once(response, 'end');
      return response.statusCode ?? 0;
    } catch {
      return 0;
    }
  }

  hangUp(): void {
    this.agent.destroy();
  }
}

/** Connections go to the workers in turn, so of several at least one is at each. */
async function linesTo(gateway: GatewayProcess, key: TestApiKey): Promise<Line[]> {
  const lines = Array.from({ length: 6 }, () => new Line(gateway.url));
  for (const line of lines) await eventually(async () => (await line.ask(key)) === 200, patienceMs);
  return lines;
}

const statuses = (lines: readonly Line[], key: TestApiKey): Promise<number[]> =>
  Promise.all(lines.map((line) => line.ask(key)));

/** Resolves once each worker has applied all of the log. */
async function caughtUp(gateway: GatewayProcess): Promise<void> {
  const { size } = await world.writer.store.head();
  // Of several workers the least position is shown.
  await eventually(async () => (await gateway.metric('keyfold_gateway_applied_position')) >= size, patienceMs);
}

describe('a gateway of two workers', () => {
  let gateway: GatewayProcess;
  beforeAll(async () => {
    gateway = await (await start()).ready();
  });

  test('is ready when both are, and its processes are found by their command lines', async () => {
    expect(gateway.workers()).toHaveLength(2);
    for (const pid of [gateway.pid, ...gateway.workers()]) expect(commandLineOf(pid)).toContain('auth-gateway');
    const { body } = await gateway.page('/readyz');
    expect(JSON.parse(body)).toMatchObject({
      status: 'ok',
      checks: { lease: { ok: true }, workers: { ok: true, detail: '2 of 2 answer' } },
    });
    expect((await gateway.page('/livez')).status).toBe(200);
    expect(await gateway.metric('keyfold_gateway_workers')).toBe(2);
    expect(expositionProblems((await gateway.page('/metrics')).body)).toEqual([]);
  });

  test('runs Argon2 once for a key, whichever worker is asked, and none for it after a worker was replaced', async () => {
    const key = await world.writer.issue(world.anna);
    await caughtUp(gateway);
    const before = await gateway.metric('keyfold_gateway_argon2_runs_total');
    const lines = await linesTo(gateway, key);
    expect(await gateway.metric('keyfold_gateway_argon2_runs_total')).toBe(before + 1);
    for (const line of lines) line.hangUp();

    const [victim = 0, other = 0] = gateway.workers();
    const runsOf = (): Promise<number> => gateway.metric('keyfold_gateway_argon2_runs_total');
    signalProcess(victim, 'SIGKILL');
    await eventually(() => gateway.workers().some((pid) => pid !== victim && pid !== other), patienceMs);
    await gateway.ready();
    expect(await gateway.metric('keyfold_gateway_workers_ended_total')).toBe(1);
    const afterRestart = await runsOf();
    const again = await linesTo(gateway, key);
    expect(await statuses(again, key)).toEqual(again.map(() => 200));
    expect(await runsOf()).toBe(afterRestart);
    for (const line of again) line.hangUp();
  });

  test('goes on with the other worker when one is killed, and is not ready until there are two again', async () => {
    const key = await world.writer.issue(world.anna);
    const lines = await linesTo(gateway, key);
    const [victim = 0] = gateway.workers();
    signalProcess(victim, 'SIGKILL');
    await eventually(() => !isAlive(victim), patienceMs);
    // New connections go to the one that is left, or to its new sibling.
    await eventually(async () => (await statuses([new Line(gateway.url)], key))[0] === 200, patienceMs);
    // Those of the other worker have not noticed.
    const cut = (await statuses(lines, key)).filter((status) => status === 0).length;
    expect(cut).toBeLessThan(lines.length);
    await eventually(() => gateway.workers().length === 2, patienceMs);
    await gateway.ready();
    for (const line of lines) line.hangUp();
  });

  test('asks for leases in two slots, and a worker that follows another one has its key', async () => {
    const { committed } = world.writer.admin;
    /** The key of each slot and the incarnations that have used it, since the tests began. */
    const slots = (): Map<string, { keys: Set<string>; incarnations: Set<string> }> => {
      const found = new Map<string, { keys: Set<string>; incarnations: Set<string> }>();
      for (const { request } of committed) {
        const { slot = '?', verifierKey = '?' } = request.process ?? {};
        const seen = found.get(slot) ?? { keys: new Set(), incarnations: new Set() };
        seen.keys.add(verifierKey);
        seen.incarnations.add(request.incarnation);
        found.set(slot, seen);
      }
      return found;
    };
    committed.length = 0;
    const pids = gateway.workers();
    await eventually(() => slots().size === 2, patienceMs);
    expect([...slots().keys()].sort()).toEqual(['0', '1']);
    const [victim = 0] = pids;
    signalProcess(victim, 'SIGKILL');
    await eventually(() => [...slots().values()].some(({ incarnations }) => incarnations.size === 2), patienceMs);
    await gateway.ready();
    // The kernel has let go of the dead worker's lock.
    expect([...slots().values()].map(({ keys }) => keys.size)).toEqual([1, 1]);
    expect(new Set([...slots().values()].flatMap(({ keys }) => [...keys])).size).toBe(2);
  });

  test('replaces a worker that does not answer any more, and says meanwhile that it is not well', async () => {
    const [stuck = 0] = gateway.workers();
    signalProcess(stuck, 'SIGSTOP');
    await eventually(async () => (await gateway.page('/livez')).status === 503, patienceMs);
    await eventually(() => !isAlive(stuck), patienceMs);
    await eventually(() => gateway.workers().length === 2, patienceMs);
    await gateway.ready();
    expect((await gateway.page('/livez')).status).toBe(200);
  });

  test('feels a revocation in both workers, on connections that are open already', async () => {
    const key = await world.writer.issue(world.anna);
    const lines = await linesTo(gateway, key);
    await world.writer.revoke(key);
    await caughtUp(gateway);
    expect(await statuses(lines, key)).toEqual(lines.map(() => 401));
    for (const line of lines) line.hangUp();
  });

  test('holds a key to its limit as one, on whichever connections its requests come', async () => {
    const plain = await world.writer.issue(world.anna);
    const limited = await world.writer.issue(world.anna, { rateLimit: { requests: 7, seconds: 3_600 } });
    const lines = await linesTo(gateway, plain);
    await caughtUp(gateway);
    const atOnce = await Promise.all([statuses(lines, limited), statuses(lines, limited), statuses(lines, limited)]);
    expect(atOnce.flat().sort()).toEqual([...Array<number>(7).fill(200), ...Array<number>(11).fill(429)]);
    expect(new Set(await statuses(lines, limited))).toEqual(new Set([429]));
    expect(await statuses(lines, plain)).toEqual(lines.map(() => 200));
    await world.writer.changeSettings({ defaultKeyRateLimit: { requests: 1, seconds: 3_600 } });
    await caughtUp(gateway);
    expect((await statuses(lines, plain)).filter((status) => status === 200)).toHaveLength(1);
    await world.writer.changeSettings({ defaultKeyRateLimit: null });
    await caughtUp(gateway);
    expect(await statuses(lines, plain)).toEqual(lines.map(() => 200));
    for (const line of lines) line.hangUp();
  });

  test('counts failed attempts as one', async () => {
    const key = await world.writer.issue(world.anna);
    const [first, ...others] = await linesTo(gateway, key);
    const wrong = { ...key, key: key.key.slice(0, -1) + (key.key.endsWith('0') ? '1' : '0') };
    for (let failed = 0; failed < 100; failed++) expect(await first?.ask(wrong)).toBe(401);
    let asked = 0;
    // By themselves they would get so far after a hundred.
    await eventually(async () => {
      asked++;
      return (await statuses(others, wrong)).every((status) => status === 429);
    }, patienceMs);
    expect(asked).toBeLessThan(15);
    expect(await statuses(others, key)).toEqual(others.map(() => 200));
    for (const line of [first, ...others]) line?.hangUp();
  });

  test('answers a question over NATS once', async () => {
    const { key, username } = await world.writer.issue(world.anna);
    await caughtUp(gateway);
    const client = await connect({ servers: world.nats.url });
    const inbox = 'answers.of.the.test';
    const answers: unknown[] = [];
    client.subscribe(inbox, { callback: (_error, message) => void answers.push(message.json()) });
    for (let asked = 0; asked < 20; asked++)
      client.publish('keyfold.verify', JSON.stringify({ username, key }), { reply: inbox });
    await eventually(() => answers.length >= 20, patienceMs);
    await client.drain();
    expect(answers).toHaveLength(20);
    expect(answers.every((answer) => (answer as { allowed: boolean }).allowed)).toBe(true);
  });

  test('has a worker that lost contact refuse by itself, while the other one still knows what holds', async () => {
    const { admin } = world.writer;
    const key = await world.writer.issue(world.anna);
    const lines = await linesTo(gateway, key);
    const answer = admin.answer.bind(admin);
    const seen = new Set<string>();
    let silenced: string | null = null;
    admin.leaseSeconds = 3;
    admin.answer = (way, kind, text) => {
      const incarnation = /"incarnation\\*":\\*"([^"\\]+)/.exec(text)?.[1] ?? '';
      if (kind === 'head') seen.add(incarnation);
      return incarnation === silenced ? Promise.resolve('{"error":{"code":"UNAVAILABLE"}}') : answer(way, kind, text);
    };
    try {
      await eventually(() => seen.size === 2, patienceMs);
      [silenced = null] = seen;
      await eventually(async () => {
        const found = new Set(await statuses(lines, key));
        return found.has(503) && found.has(200);
      }, patienceMs);
      // One that is not ready is enough.
      await eventually(async () => (await gateway.page('/readyz')).status === 503, patienceMs);
      silenced = null;
      await eventually(async () => new Set(await statuses(lines, key)).size === 1, patienceMs);
    } finally {
      admin.answer = answer;
      admin.leaseSeconds = 60;
      for (const line of lines) line.hangUp();
    }
  });

  test('ends in order at SIGTERM, answers what is under way and leaves nothing behind', async () => {
    const key = await world.writer.issue(world.anna);
    await caughtUp(gateway);
    const all = [gateway.pid, ...gateway.workers()];
    // Each is proven by Argon2 first, so it is under way for a while.
    const keys = await Promise.all(Array.from({ length: 4 }, () => world.writer.issue(world.anna)));
    await caughtUp(gateway);
    const underWay = keys.map((each) => new Line(gateway.url).ask(each));
    expect(await new Line(gateway.url).ask(key)).toBe(200);
    // As from a terminal, where every process of the group gets it, and the primary tells the workers besides.
    for (const pid of all) signalProcess(pid, 'SIGTERM');
    expect(await Promise.all(underWay)).toEqual([200, 200, 200, 200]);
    expect(await gateway.exited).toBe(0);
    expect(all.some(isAlive)).toBe(false);
  });
});

test('a process that was stopped for longer than its lease refuses what came meanwhile', async () => {
  const { admin } = world.writer;
  admin.leaseSeconds = 3;
  const gateway = await (await start({ KEYFOLD_GATEWAY_WORKERS: '1' })).ready();
  const key = await world.writer.issue(world.anna);
  const [line] = await linesTo(gateway, key);
  try {
    signalProcess(gateway.pid, 'SIGSTOP');
    const stoppedAtMs = performance.now();
    const asked = line?.ask(key);
    await eventually(() => performance.now() > stoppedAtMs + 3_100);
    signalProcess(gateway.pid, 'SIGCONT');
    expect(await asked).toBe(503);
    await eventually(async () => (await line?.ask(key)) === 200, patienceMs);
  } finally {
    signalProcess(gateway.pid, 'SIGCONT');
    admin.leaseSeconds = 60;
    line?.hangUp();
  }
});

test('workers end with a primary that is killed', async () => {
  const gateway = await (await start()).ready();
  const workers = gateway.workers();
  expect(workers).toHaveLength(2);
  signalProcess(gateway.pid, 'SIGKILL');
  await eventually(() => !workers.some(isAlive), patienceMs);
});

describe('a gateway that cannot start', () => {
  afterEach(async () => {
    for (const gateway of running.splice(0)) await gateway.end();
  });

  test.each(['KEYFOLD_GATEWAY_PORT', 'KEYFOLD_GATEWAY_OPS_PORT'])(
    'says once that %s is taken, and ends',
    async (name) => {
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const gateway = await start({ [name]: String((other.address() as { port: number }).port) });
      expect(await gateway.exited).toBe(1);
      expect(gateway.output.match(/A port is taken by another program/g)).toHaveLength(1);
      other.close();
    },
  );

  test('says once what is wrong with its database', async () => {
    const gateway = await start({ KEYFOLD_GATEWAY_DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' });
    expect(await gateway.exited).toBe(1);
    expect(gateway.output.match(/Postgres does not answer/g)).toHaveLength(1);
  });
});
