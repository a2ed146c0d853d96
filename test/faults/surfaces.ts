import { connect, type NatsConnection } from '@nats-io/transport-node';
import { decodeJwt } from 'jose';
import { type CheckAnswer, ExtAuthzClient } from '@keyfold/testing/ext-authz-client';
import { basic } from '@keyfold/testing/http-client';
import type { Surface } from '../../apps/auth-gateway/src/authentication/verdict.js';
import type { Observation } from './history.js';
import type { GatewayNode, World } from './world.js';

/** Longest wait for an answer, in milliseconds. */
const PATIENCE_MS = 3_000;
const CLIENT_ADDRESS = '192.0.2.9';

/** What a client asks: may this user name pass with this key? */
export interface Question {
  readonly keyId: string;
  readonly key: string;
  readonly username: string;
  /** Whether the key is one that was issued; false for one that only a holder of the shared secret could make. */
  readonly isGenuine: boolean;
  readonly method: 'GET' | 'POST';
}

/** What a client was answered. */
type Heard = Pick<Observation, 'status' | 'allowed' | 'reason' | 'position' | 'said'>;

/** No answer, or none that can be read. */
const NOTHING: Heard = { status: 0, allowed: false, reason: null, position: null, said: null };

/** Surfaces whose request is a read whatever the question says: their own method is not the original's. */
const ALWAYS_READS: ReadonlySet<Surface> = new Set<Surface>(['me', 'token']);

/** The method that the decision is about. */
export function judgedMethod(surface: Surface, { method }: Question): Question['method'] {
  return ALWAYS_READS.has(surface) ? 'GET' : method;
}

/** Over NATS there is no status: of the reasons that are one over HTTP. */
const STATUS_OVER_HTTP: ReadonlyMap<string, number> = new Map([
  ['STALE', 503],
  ['OVERLOADED', 503],
  ['RATE_LIMITED', 429],
]);

type Ask = (gateway: GatewayNode, question: Question, withinMs: number) => Promise<Heard>;

/** Clients of every surface of every gateway of a world. */
export class SurfaceClients {
  private readonly envoys = new Map<string, ExtAuthzClient>();

  private constructor(private readonly nats: NatsConnection) {}

  static async connect({ nats }: Pick<World, 'nats'>): Promise<SurfaceClients> {
    const options = { servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 100, waitOnFirstConnect: true };
    return new SurfaceClients(await connect(options));
  }

  /**
   * Asks once. Over NATS whichever gateway the broker picks answers.
   *
   * @param withinMs longest wait for the answer
   * @returns {@link NOTHING} without an answer; never throws
   */
  async ask(
    surface: Surface,
    gateway: GatewayNode,
    question: Question,
    withinMs: number = PATIENCE_MS,
  ): Promise<Heard> {
    try {
      return await this.asks[surface](gateway, question, withinMs);
    } catch {
      return NOTHING;
    }
  }

  async close(): Promise<void> {
    for (const envoy of this.envoys.values()) envoy.close();
    await this.nats.close();
  }

  private readonly asks: Readonly<Record<Surface, Ask>> = {
    'forward-auth': ({ url }, { key, method, username }, withinMs) =>
      byHeaders(`${url}/v1/forward-auth`, {
        headers: { ...asking(username, key), 'x-forwarded-method': method },
        signal: AbortSignal.timeout(withinMs),
      }),
    'auth-request': ({ url }, { key, method, username }, withinMs) =>
      byHeaders(`${url}/v1/auth-request`, {
        headers: { ...asking(username, key), 'x-original-method': method, 'x-original-uri': '/orders' },
        signal: AbortSignal.timeout(withinMs),
      }),
    'ext-authz': ({ url }, { key, method, username }, withinMs) =>
      byHeaders(`${url}/v1/ext-authz/orders`, {
        method,
        headers: asking(username, key),
        signal: AbortSignal.timeout(withinMs),
      }),
    'reverse-proxy': async ({ proxyUrl }, { key, method, username }, withinMs) => {
      const init = { method, headers: asking(username, key), signal: AbortSignal.timeout(withinMs) };
      const response = await fetch(`${proxyUrl}/orders`, init);
      const text = await response.text();
      if (!response.ok) return { ...NOTHING, status: response.status };
      return { ...NOTHING, status: response.status, allowed: true, ...seenByUpstream(text) };
    },
    grpc: async ({ grpcPort, id }, { key, method, username }, withinMs) => {
      const envoy = this.envoys.get(id) ?? new ExtAuthzClient(String(grpcPort));
      this.envoys.set(id, envoy);
      return fromEnvoy(await envoy.check(basic(username, key), CLIENT_ADDRESS, { method, withinMs }));
    },
    me: async ({ url }, { key, username }, withinMs) => {
      const init = { headers: asking(username, key), signal: AbortSignal.timeout(withinMs) };
      const response = await fetch(`${url}/v1/me`, init);
      const body = (await response.json()) as VerifyBody;
      return fromVerify(response.status, { ...body, allowed: response.status === 200 });
    },
    verify: async ({ url }, { key, method, username }, withinMs) => {
      const response = await fetch(`${url}/v1/verify`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username, key, method }),
        signal: AbortSignal.timeout(withinMs),
      });
      return fromVerify(response.status, (await response.json()) as VerifyBody);
    },
    nats: async (_gateway, { key, method, username }, withinMs) => {
      const question = JSON.stringify({ username, key, method });
      const message = await this.nats.request('keyfold.verify', question, { timeout: withinMs });
      const body = message.json<VerifyBody>();
      return fromVerify(STATUS_OVER_HTTP.get(body.reason ?? '') ?? 200, body);
    },
    token: async ({ url }, { key, username }, withinMs) => {
      const init = { method: 'POST', headers: asking(username, key), signal: AbortSignal.timeout(withinMs) };
      const response = await fetch(`${url}/v1/token`, init);
      const { token } = (await response.json()) as { token?: string };
      return token === undefined ? { ...NOTHING, status: response.status } : fromToken(response.status, token);
    },
  };
}

const asking = (username: string, key: string): Record<string, string> => ({
  authorization: basic(username, key),
  'x-forwarded-for': CLIENT_ADDRESS,
});

/** An answer that says in its headers who has passed. nginx's has the status that it stands for in one of them. */
async function byHeaders(url: string, init: RequestInit): Promise<Heard> {
  const response = await fetch(url, init);
  await response.arrayBuffer();
  const { headers } = response;
  const status = Number(headers.get('x-keyfold-status') ?? response.status);
  const allowed = response.ok;
  return {
    status,
    allowed,
    reason: null,
    position: allowed ? numberOf(headers.get('x-keyfold-position')) : null,
    said: allowed
      ? { username: headers.get('remote-user') ?? '', keyId: headers.get('x-keyfold-key-id') ?? '', expiresAt: null }
      : null,
  };
}

function seenByUpstream(text: string): Pick<Heard, 'position' | 'said'> {
  const { keyId, position, username } = JSON.parse(text) as { username: string; keyId: string; position: string };
  return { position: numberOf(position), said: { username, keyId, expiresAt: null } };
}

function fromEnvoy({ denied_response: denied, ok_response: allowed }: CheckAnswer): Heard {
  if (denied !== undefined) return { ...NOTHING, status: denied.status.code };
  const headers = new Map(allowed?.headers.map(({ header }) => [header.key, header.value]));
  return {
    status: 200,
    allowed: true,
    reason: null,
    position: numberOf(headers.get('x-keyfold-position')),
    said: { username: headers.get('remote-user') ?? '', keyId: headers.get('x-keyfold-key-id') ?? '', expiresAt: null },
  };
}

type VerifyBody = Partial<{
  allowed: boolean;
  reason: string | null;
  code: string;
  position: number;
  user: { username: string };
  key: { id: string; effectiveExpiresAt: string };
}>;

function fromVerify(status: number, { allowed, code, key, position, reason, user }: VerifyBody): Heard {
  return {
    status,
    allowed: allowed === true,
    reason: reason ?? code ?? null,
    position: status === 200 ? (position ?? null) : null,
    said:
      user === undefined || key === undefined
        ? null
        : { username: user.username, keyId: key.id, expiresAt: key.effectiveExpiresAt },
  };
}

function fromToken(status: number, token: string): Heard {
  const { keyId, position, username } = decodeJwt<{ keyId: string; position: number; username: string }>(token);
  return { status, allowed: true, reason: null, position, said: { username, keyId, expiresAt: null } };
}

/** @returns NaN for what is no number: the log has no such position, and whoever judges it finds that */
function numberOf(text: string | null | undefined): number {
  return Number(text ?? Number.NaN);
}
