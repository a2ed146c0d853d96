import { once } from 'node:events';
import { request } from 'node:http';
import { parseVerifierKey, type ReceiptProcess, verifyReceipt } from '@keyfold/domain';
import { childrenOf, signalProcess } from '@keyfold/local-servers';
import { eventually } from '@keyfold/testing/eventually';
import { Client, type Stage } from './clients.js';
import { readReceipts, settlePending } from './confirmations.js';
import type { Figures } from './figures.js';
import { type ConfirmedCommand, History, isConfirmed, now, type Observation } from './history.js';
import { judge } from './judge.js';
import { LogCopy } from './log-copy.js';
import type { HeldKey } from './people.js';
import type { PlannedStep } from './plan.js';
import { Prober } from './prober.js';
import { Random } from './random.js';
import { plainStep, setTheStage, signInFirst } from './stage.js';
import { cutOff, wiped } from './strikes/on-services.js';
import { SurfaceClients } from './surfaces.js';
import { type GatewayNode, startWorld, type World, type WorldOptions } from './world.js';

/** Longer than any lease that is given out. */
const WAIT_SECONDS = 40;

interface FleetOptions extends Pick<WorldOptions, 'gateways'> {
  readonly seed: number;
  /** Which gateway is of another build at first, and where that is. */
  readonly older: { readonly gateway: number; readonly built: string };
}

/** A revocation that was confirmed, and what its receipt says of each process. */
export interface Confirmed {
  readonly command: ConfirmedCommand;
  readonly key: HeldKey;
  readonly processes: readonly ReceiptProcess[];
}

/** Gateways that are asked all the time, and somebody who takes away and waits until that is confirmed. */
export class Fleet {
  private readonly rebuilt = new Set<string>();
  /**
   * Processes that have had a lease, as receipts name them, and since when: each later receipt must name them, ended or
   * not.
   */
  private readonly known: { readonly sinceMs: number; readonly name: string }[] = [];
  private told = 0;

  private constructor(
    readonly world: World,
    private readonly stage: Stage,
    private readonly asked: {
      readonly log: LogCopy;
      readonly prober: Prober;
      readonly surfaces: SurfaceClients;
      readonly random: Random;
    },
  ) {}

  static async start({ gateways, older, seed }: FleetOptions): Promise<Fleet> {
    const history = new History();
    const world = await startWorld({ admins: 1, gateways });
    world.gateways[older.gateway]?.process.change({ built: older.built });
    const cast = await signInFirst(world, history);
    const stage = { history, cast, urls: world.admins.map(({ url }) => url), turn: () => undefined };
    await setTheStage(world, stage);
    const random = new Random(seed);
    const surfaces = await SurfaceClients.connect(world);
    const prober = new Prober({ ...world, surfaces }, history, cast, random.fork());
    const log = new LogCopy(world.database.serviceUrl);
    const fleet = new Fleet(world, stage, { log, prober, surfaces, random });
    world.gateways.forEach((_gateway, nth) => {
      fleet.hasLeases(nth, nth === older.gateway ? ['-'] : undefined);
    });
    return fleet;
  }

  gateway(nth: number): GatewayNode {
    const gateway = this.world.gateways[nth];
    if (gateway === undefined) throw new RangeError(`there is no gateway ${nth}`);
    return gateway;
  }

  /** A key that every gateway lets pass. */
  async newKey(): Promise<HeldKey> {
    const key = await this.issued();
    for (const gateway of this.world.gateways)
      await eventually(async () => (await this.asked.prober.askAbout(gateway, key)).allowed);
    return key;
  }

  /** Revokes a key and waits for the confirmation. */
  async revoke(key: HeldKey): Promise<Confirmed> {
    const { cast, history } = this.stage;
    const from = history.commands.length;
    const step = { ...plainStep({ do: 'revoke', asOwner: false }), waitSeconds: WAIT_SECONDS };
    await this.client().onKey(key, step as PlannedStep & { do: 'revoke' });
    const command = history.commands.slice(from).find(({ stream }) => stream === `api-key/${key.keyId}`);
    if (command === undefined || !isConfirmed(command))
      throw new Error(`the revocation was not confirmed: ${JSON.stringify(command)}`);
    const [receipt] = await readReceipts({ ...this.stage, history: { commands: [command] }, cast }, () => []);
    const logKey = parseVerifierKey(this.world.logPublicKey);
    const verdict = verifyReceipt(receipt?.file ?? '', { logKey, expectKey: key.keyId });
    if (!verdict.isGenuine) throw new Error(`the receipt is refused: ${verdict.reason}`);
    return { command, key, processes: verdict.processes };
  }

  /**
   * Takes things away and waits for each confirmation, again and again, until something is done; at least three times
   * since it began.
   */
  async whileConfirming(action: () => Promise<unknown>): Promise<void> {
    const state = { isDone: false };
    const acting = action().finally(() => (state.isDone = true));
    for (let confirmed = 0; !state.isDone || confirmed < 3; confirmed += 1) await this.takeAway();
    await acting;
  }

  /** Ends a gateway in order and starts it with another number of workers, or of another build. */
  async restart(
    nth: number,
    { built, workers = 2 }: { readonly built?: string | undefined; readonly workers?: number },
  ): Promise<void> {
    const { process } = this.gateway(nth);
    await process.end('SIGTERM');
    process.change({ built, env: { KEYFOLD_GATEWAY_WORKERS: String(workers) } });
    await process.start();
    await this.ready(nth, workers);
  }

  /** @returns how it is connected again */
  cutOff(nth: number): () => Promise<void> {
    return cutOff(this.gateway(nth)).heal;
  }

  async wipe(nth: number): Promise<void> {
    const struck = await wiped(this.gateway(nth));
    this.rebuilt.add(this.gateway(nth).id);
    await struck.heal();
    await this.ready(nth);
  }

  /** Stops every process of a gateway with SIGSTOP. @returns how they go on */
  freeze(nth: number): () => void {
    const { process } = this.gateway(nth);
    const pids = [process.pid, ...childrenOf(process.pid)];
    for (const pid of pids) signalProcess(pid, 'SIGSTOP');
    return () => {
      for (const pid of pids) signalProcess(pid, 'SIGCONT');
    };
  }

  /** Resolves once the gateway says that each of its workers can work. */
  async ready(nth: number, workers = this.gateway(nth).workers): Promise<void> {
    await this.gateway(nth).process.ready();
    this.hasLeases(
      nth,
      Array.from({ length: workers }, (_, slot) => String(slot)),
    );
  }

  /** How often a gateway let a key pass by requests that began when another gateway had refused it. */
  passedLate(nth: number, { key }: Confirmed): number {
    const about = this.stage.history.observations.filter(({ isGenuine, keyId }) => isGenuine && keyId === key.keyId);
    const refused = about.filter(({ gateway, reason }) => gateway === this.gateway(0).id && reason === 'REVOKED');
    const fromMs = Math.min(...refused.map(({ answeredAt }) => answeredAt.ms));
    const { id } = this.gateway(nth);
    return about.filter(({ allowed, gateway, sentAt }) => gateway === id && allowed && sentAt.ms > fromMs).length;
  }

  /**
   * Asks a gateway about the newest keys on a connection for each.
   *
   * @returns resolves once all questions have left; the answers come when they come
   */
  async send(nth: number): Promise<{ readonly answers: Promise<readonly Observation[]> }> {
    const asked = this.stage.cast.keys.slice(-20).map((key) => this.sendOne(this.gateway(nth), key));
    await Promise.all(asked.map(({ left }) => left));
    return { answers: Promise.all(asked.map(({ answer }) => answer)) };
  }

  /** Everything that is wrong with what was answered, once all is well. */
  async judge(): Promise<{ readonly problems: readonly string[]; readonly figures: Figures }> {
    const { rebuilt, stage, world } = this;
    const { log, prober } = this.asked;
    await prober.stop();
    const pending = await settlePending(stage);
    const mustName = ({ sentAt }: ConfirmedCommand): string[] =>
      this.known.filter(({ sinceMs }) => sinceMs < sentAt.ms).map(({ name }) => name);
    const { figures, problems } = await judge(prober, { world, stage, log, rebuilt, mustName });
    return { figures, problems: [...pending, ...problems] };
  }

  async stop(): Promise<void> {
    const { log, prober, surfaces } = this.asked;
    await prober.stop();
    await surfaces.close();
    await log.close();
    await this.world.stop();
  }

  private hasLeases(nth: number, slots: readonly string[] = ['0', '1']): void {
    const sinceMs = now().ms;
    this.known.push(...slots.map((slot) => ({ sinceMs, name: `${this.gateway(nth).id}/${slot}` })));
  }

  private client(): Client {
    return new Client(this.stage, 1);
  }

  private async issued(): Promise<HeldKey> {
    const { cast } = this.stage;
    await this.client().issue(cast.owner(0), plainStep({ do: 'issue' }));
    const key = cast.keys.at(-1);
    if (key === undefined) throw new Error('no key was issued');
    return key;
  }

  /** The ways of taking something away take turns; what would keep keys from passing is given back at once. */
  private async takeAway(): Promise<void> {
    const { cast } = this.stage;
    const waiting = (action: object): PlannedStep => ({ ...plainStep(action), waitSeconds: WAIT_SECONDS });
    const owner = cast.owner(this.asked.random.between(1, 3));
    const client = this.client();
    const onUser = (action: 'withdraw' | 'grant' | 'deactivate' | 'reactivate', step: PlannedStep): Promise<void> =>
      client.onUser(owner, { ...step, do: action } as Parameters<Client['onUser']>[1]);
    const ways: (() => Promise<unknown>)[] = [
      async () => this.revoke(await this.issued()),
      async () => {
        await onUser('withdraw', waiting({ do: 'withdraw' }));
        await onUser('grant', plainStep({ do: 'grant' }));
      },
      async () => {
        await onUser('deactivate', waiting({ do: 'deactivate' }));
        await onUser('reactivate', plainStep({ do: 'reactivate' }));
      },
      async () => {
        await client.set('apiKeyAuthenticationEnabled', false, waiting({ do: 'switch' }));
        await client.set('apiKeyAuthenticationEnabled', true, plainStep({ do: 'switch' }));
      },
      () => client.set('maxApiKeyLifetimeDays', this.asked.random.between(1, 180), waiting({ do: 'lifetime' })),
    ];
    await ways[this.told++ % ways.length]?.();
  }

  private sendOne(
    gateway: GatewayNode,
    { key, keyId, owner }: HeldKey,
  ): { readonly left: Promise<unknown>; readonly answer: Promise<Observation> } {
    const { username } = owner;
    const body = JSON.stringify({ username, key, method: 'GET' });
    const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
    const sentAt = now();
    const sent = request(`${gateway.url}/v1/verify`, { method: 'POST', headers, agent: false });
    const left = once(sent, 'finish');
    const answer = once(sent, 'response').then(async ([response]: unknown[]): Promise<Observation> => {
      const { statusCode } = response as { statusCode: number };
      let text = '';
      for await (const chunk of response as AsyncIterable<Buffer>) text += chunk.toString();
      const { allowed, code, position, reason } = JSON.parse(text) as Partial<Observation> & { code?: string };
      const observation: Observation = {
        gateway: gateway.id,
        life: gateway.process.life,
        alone: false,
        surface: 'verify',
        keyId,
        username,
        isGenuine: true,
        method: 'GET',
        sentAt,
        answeredAt: now(),
        status: statusCode,
        allowed: allowed === true,
        reason: reason ?? code ?? null,
        position: position ?? null,
        said: null,
      };
      this.stage.history.observations.push(observation);
      return observation;
    });
    sent.end(body);
    return { left, answer };
  }
}
