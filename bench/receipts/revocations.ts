import { AdminSession } from '../stack/admin-session.js';
import { basic } from '../stack/proven-key.js';
import { type Gateway, type GatewayOptions, type Services, waitFor, waitUntilReady } from '../stack/services.js';

const WAIT_SECONDS = 60;
const SIGN_IN_TIMEOUT_MS = 30_000;

/** A key that can be used and revoked. */
export interface RevocableKey {
  readonly id: string;
  readonly authorization: string;
}

/** What a write that was waited for is answered with, as far as the bench looks at it. */
export interface Confirmed {
  readonly confirmation: {
    readonly status: 'confirmed' | 'pending';
    readonly gateways: readonly {
      readonly gatewayId: string;
      readonly by: 'applied' | 'lease-ended' | null;
    }[];
  };
}

/** Starts gateways of one process each and waits until they hold a lease. */
export async function startFleet(
  services: Services,
  gatewayIds: readonly string[],
  options?: GatewayOptions,
): Promise<Gateway[]> {
  const gateways: Gateway[] = [];
  // One after the other: a start takes a core.
  for (const gatewayId of gatewayIds) {
    const gateway = await services.startGateway(gatewayId, options);
    await waitUntilReady(gateway.opsUrl, gateway.child);
    gateways.push(gateway);
  }
  return gateways;
}

/** @returns ids `name-1` to `name-<count>` */
export function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${name}-${at + 1}`);
}

/** Issues keys of the administrator and revokes them. */
export class Revocations {
  private appended = 0;

  private constructor(
    private readonly session: AdminSession,
    private readonly username: string,
  ) {}

  static async start({ adminPassword, adminUrl }: Services, settings: object = {}): Promise<Revocations> {
    const session = await AdminSession.signIn(adminUrl, adminPassword);
    const { username } = await session.provisionKey();
    await session.call('PATCH', '/v1/settings/security', { maxActiveKeysPerUser: 1_000, ...settings });
    return new Revocations(session, username);
  }

  async issue(count: number): Promise<RevocableKey[]> {
    const keys: RevocableKey[] = [];
    for (let nth = 0; nth < count; nth += 1) {
      const { id, key } = await this.session.call<{ id: string; key: string }>('POST', '/v1/me/api-keys', {});
      keys.push({ id, authorization: basic(this.username, key) });
    }
    return keys;
  }

  /** A record that concerns no key. */
  append(): Promise<unknown> {
    this.appended += 1;
    return this.session.call('PATCH', `/v1/users/${this.session.userId}`, { displayName: `name ${this.appended}` });
  }

  /** Answered as soon as it is committed. */
  revoke(key: RevocableKey): Promise<unknown> {
    return this.session.call('POST', `/v1/api-keys/${key.id}/revoke`, REASON);
  }

  /** @returns milliseconds from the request to the answer that no gateway accepts the key any more */
  async confirmed(key: RevocableKey): Promise<{ readonly milliseconds: number } & Confirmed> {
    return this.timed('POST', `/v1/api-keys/${key.id}/revoke`, REASON);
  }

  /** The same for any write. */
  async timed(method: string, path: string, body: object): Promise<{ readonly milliseconds: number } & Confirmed> {
    const sentMs = performance.now();
    const answer = await this.session.call<Confirmed>(method, path, body, { prefer: `wait=${WAIT_SECONDS}` });
    const milliseconds = performance.now() - sentMs;
    if (answer.confirmation.status !== 'confirmed') throw new Error(`${path} was not confirmed in ${WAIT_SECONDS} s`);
    return { milliseconds, confirmation: answer.confirmation };
  }
}

const REASON = { reason: 'UNSPECIFIED' };

/** Asks until the gateway lets the key in: from then on it is known there. */
export async function useAt(gateways: readonly Pick<Gateway, 'url'>[], key: RevocableKey): Promise<void> {
  for (const gateway of gateways)
    await waitFor('the key to pass', SIGN_IN_TIMEOUT_MS, async () => (await statusAt(gateway, key)) === 200);
}

/** What `/v1/forward-auth` of the gateway answers the key. */
export async function statusAt({ url }: Pick<Gateway, 'url'>, { authorization }: RevocableKey): Promise<number> {
  const answer = await fetch(`${url}/v1/forward-auth`, { headers: { authorization } });
  await answer.arrayBuffer();
  return answer.status;
}
