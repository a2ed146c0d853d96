import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { deriveSharedKeys, keyIdBytesOf, makeApiKey, type SharedKeys } from '@keyfold/domain';
import { type History, now, type Observation, type Report } from './history.js';
import type { Cast, HeldKey } from './people.js';
import type { Random } from './random.js';
import { judgedMethod, type Question, type SurfaceClients } from './surfaces.js';
import type { GatewayNode, World } from './world.js';

/** Clients of all gateways together. */
const CLIENTS = 9;
/** Between two questions of a client, so that the clients and the servers get their turn. */
const PAUSE_MS = 5;
const REPORT_PAUSE_MS = 150;

/** How often each surface is asked, beside the others. */
const WEIGHTS: Readonly<Record<Observation['surface'], number>> = {
  verify: 5,
  'forward-auth': 5,
  'auth-request': 1,
  'ext-authz': 1,
  grpc: 1,
  me: 1,
  nats: 1,
  token: 1,
  'reverse-proxy': 1,
};

/** Asks every gateway about keys on every surface, all the time, and keeps what they answer. */
export class Prober {
  private readonly shared: SharedKeys;
  private readonly loops: Promise<void>[] = [];
  private isRunning = true;

  constructor(
    private readonly asked: Pick<World, 'gateways' | 'sharedSecret'> & { readonly surfaces: SurfaceClients },
    private readonly history: History,
    private readonly cast: Cast,
    random: Random,
  ) {
    this.shared = deriveSharedKeys([asked.sharedSecret]);
    const clients = Math.ceil(CLIENTS / asked.gateways.length);
    for (const gateway of asked.gateways) {
      for (let nth = 0; nth < clients; nth += 1) this.loops.push(this.askAlways(gateway, random.fork()));
      this.loops.push(this.watch(gateway));
    }
  }

  async stop(): Promise<void> {
    this.isRunning = false;
    await Promise.all(this.loops);
  }

  /**
   * Asks about every key.
   *
   * @param withinMs longest wait for each answer
   */
  async askAll(gateway: GatewayNode, withinMs?: number): Promise<Observation[]> {
    const answers: Observation[] = [];
    for (const key of this.cast.keys) answers.push(await this.ask(gateway, this.about(key), { withinMs }));
    return answers;
  }

  /** Asks about a key once. */
  askAbout(gateway: GatewayNode, key: HeldKey, withinMs?: number): Promise<Observation> {
    return this.ask(gateway, this.about(key), { withinMs });
  }

  private async askAlways(gateway: GatewayNode, random: Random): Promise<void> {
    while (this.isRunning) {
      await delay(PAUSE_MS);
      const question = this.think(random);
      if (question !== null) await this.ask(gateway, question, { surface: random.weighted(WEIGHTS) });
    }
  }

  private think(random: Random): Question | null {
    const { keys } = this.cast;
    if (keys.length === 0) return null;
    // What was issued or revoked last is what may be got wrong.
    const about = this.about(random.pick(random.chance(0.8) ? keys.slice(-16) : keys));
    const method = random.chance(0.15) ? 'POST' : 'GET';
    if (random.chance(0.04)) return { ...about, method, username: random.pick(keys).owner.username };
    return random.chance(0.04)
      ? { ...about, method, key: this.forged(about.keyId), isGenuine: false }
      : { ...about, method };
  }

  private about({ key, keyId, owner }: HeldKey): Question {
    return { key, keyId, username: owner.username, isGenuine: true, method: 'GET' };
  }

  /** What only one of the services could make: the tag is right, the secret was never issued. */
  private forged(keyId: string): string {
    return makeApiKey({ keyIdBytes: keyIdBytesOf(keyId), secretBytes: randomBytes(32) }, this.shared).key;
  }

  private async ask(
    gateway: GatewayNode,
    question: Question,
    {
      surface = 'verify',
      withinMs,
    }: { readonly surface?: Observation['surface']; readonly withinMs?: number | undefined },
  ): Promise<Observation> {
    const { life } = gateway.process;
    const sentAt = now();
    const heard = await this.asked.surfaces.ask(surface, gateway, question, withinMs);
    const { isGenuine, keyId, username } = question;
    // Over NATS any gateway may have answered.
    const isNats = surface === 'nats';
    const observation: Observation = {
      gateway: isNats ? 'any gateway' : gateway.id,
      life: isNats ? 0 : life,
      alone: !isNats && gateway.workers === 1,
      surface,
      keyId,
      username,
      isGenuine,
      method: judgedMethod(surface, question),
      sentAt,
      answeredAt: now(),
      ...heard,
    };
    this.history.observations.push(observation);
    return observation;
  }

  private async watch(gateway: GatewayNode): Promise<void> {
    while (this.isRunning) {
      await delay(REPORT_PAUSE_MS);
      this.history.reports.push(await reportOf(gateway));
    }
  }
}

/** Readiness first, the numbers afterwards: whoever says to be ready must have applied what follows from that. */
export async function reportOf({ id, process, workers }: GatewayNode): Promise<Report> {
  const { life } = process;
  const askedAt = now();
  const readiness = await process.page('/readyz');
  const metricsAskedAt = now();
  const { body, status } = await process.page('/metrics');
  return {
    gateway: id,
    life,
    alone: workers === 1,
    askedAt,
    ready: readiness.status === 200,
    readiness: readiness.body,
    metrics: status === 200 ? numbersOf(body, metricsAskedAt) : null,
  };
}

function numbersOf(page: string, askedAt: Report['askedAt']): Report['metrics'] {
  const read = (name: string): number =>
    Number(new RegExp(`^keyfold_gateway_${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(page)?.[1] ?? Number.NaN);
  return {
    askedAt,
    answeredAt: now(),
    applied: read('applied_position'),
    knownHead: read('known_head_position'),
    lag: read('lag_events'),
    leaseSeconds: read('lease_remaining_seconds'),
  };
}
