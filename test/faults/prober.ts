import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { deriveSharedKeys, keyIdBytesOf, makeApiKey, type SharedKeys } from '@keyfold/domain';
import { basic } from '@keyfold/testing/http-client';
import { type History, type Moment, now, type Observation, type Report } from './history.js';
import type { Cast, HeldKey } from './people.js';
import type { Random } from './random.js';
import type { GatewayNode, World } from './world.js';

const PATIENCE_MS = 3_000;
/** Between two questions to a gateway, so that the clients and the servers get their turn. */
const PAUSE_MS = 15;
const REPORT_PAUSE_MS = 150;

interface Question {
  readonly keyId: string;
  readonly key: string;
  readonly username: string;
  readonly isGenuine: boolean;
  readonly method: string;
}

type Heard = Pick<Observation, 'status' | 'allowed' | 'reason' | 'position' | 'said'>;
const NOTHING: Heard = { status: 0, allowed: false, reason: null, position: null, said: null };

/** Asks every gateway about keys, all the time, and keeps what they answer. */
export class Prober {
  private readonly shared: SharedKeys;
  private readonly loops: Promise<void>[] = [];
  private isRunning = true;

  constructor(
    private readonly world: World,
    private readonly history: History,
    private readonly cast: Cast,
    random: Random,
  ) {
    this.shared = deriveSharedKeys([world.sharedSecret]);
    for (const gateway of world.gateways) {
      this.loops.push(this.askAlways(gateway, random.fork()), this.watch(gateway));
    }
  }

  async stop(): Promise<void> {
    this.isRunning = false;
    await Promise.all(this.loops);
  }

  /** Asks about every key in both ways. */
  async askAll(gateway: GatewayNode): Promise<Observation[]> {
    const answers: Observation[] = [];
    for (const key of this.cast.keys) answers.push(await this.ask(gateway, this.about(key), 'verify'));
    return answers;
  }

  private async askAlways(gateway: GatewayNode, random: Random): Promise<void> {
    while (this.isRunning) {
      await delay(PAUSE_MS);
      const question = this.think(random);
      if (question !== null) await this.ask(gateway, question, random.chance(0.5) ? 'verify' : 'forward-auth');
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

  private async ask(gateway: GatewayNode, question: Question, surface: Observation['surface']): Promise<Observation> {
    const { life } = gateway.process;
    const sentAt = now();
    const heard = await (surface === 'verify' ? verify(gateway.url, question) : forwardAuth(gateway.url, question));
    const { isGenuine, keyId, method, username } = question;
    const observation: Observation = {
      gateway: gateway.id,
      life,
      alone: gateway.workers === 1,
      surface,
      keyId,
      username,
      isGenuine,
      method,
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

async function verify(url: string, { key, method, username }: Question): Promise<Heard> {
  try {
    const response = await fetch(`${url}/v1/verify`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, key, method }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const body = (await response.json()) as Partial<{
      allowed: boolean;
      reason: string | null;
      code: string;
      position: number;
      user: { username: string };
      key: { id: string; effectiveExpiresAt: string };
    }>;
    const { status } = response;
    return {
      status,
      allowed: body.allowed === true,
      reason: body.reason ?? body.code ?? null,
      position: status === 200 ? (body.position ?? null) : null,
      said:
        (body.user &&
          body.key && {
            username: body.user.username,
            keyId: body.key.id,
            expiresAt: body.key.effectiveExpiresAt,
          }) ||
        null,
    };
  } catch {
    return NOTHING;
  }
}

async function forwardAuth(url: string, { key, method, username }: Question): Promise<Heard> {
  try {
    const response = await fetch(`${url}/v1/forward-auth`, {
      headers: { authorization: basic(username, key), 'x-forwarded-method': method, 'x-forwarded-for': '192.0.2.9' },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await response.arrayBuffer();
    const { headers, status } = response;
    const allowed = status < 300;
    return {
      status,
      allowed,
      reason: null,
      position: allowed ? Number(headers.get('x-keyfold-position')) : null,
      said: allowed
        ? { username: headers.get('remote-user') ?? '', keyId: headers.get('x-keyfold-key-id') ?? '', expiresAt: null }
        : null,
    };
  } catch {
    return NOTHING;
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

function numbersOf(page: string, askedAt: Moment): Report['metrics'] {
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
