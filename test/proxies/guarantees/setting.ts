import { expect } from '@jest/globals';
import { type ProxiedWorld, readAs } from '../proxied-world.js';

/** What is different between proxies, and does not matter for safety. */
export interface ProxyTraits {
  /** The question that it puts to the gateway. */
  readonly question: string;
  readonly methodField: string;
  readonly uriField: string;
  /** Whether the client gets the gateway's own words about a refusal. */
  readonly passesProblemsOn: boolean;
  /** How the gateway tells this proxy of a failure of its own, and what the client sees. */
  readonly whenFailing: { readonly head: string; readonly shown: number };
  /** What the client sees while nobody listens at the gateway's address, and while somebody does who is silent. */
  readonly whenAway: Readonly<Record<'down' | 'silent', number>>;
}

/** Where the guarantees are tested. */
export interface Setting {
  readonly traits: ProxyTraits;
  /** There is none before the tests run. */
  readonly world: () => ProxiedWorld;
}

/** The one that a client is to see. */
export const CHALLENGE = 'Basic realm="Keyfold", charset="UTF-8"';
/** The headers that say who it is. */
export const IDENTITY = [
  'Remote-User',
  'X-Keyfold-User-Id',
  'X-Keyfold-Key-Id',
  'X-Keyfold-Roles',
  'X-Keyfold-Scopes',
  'X-Keyfold-Position',
];

/** What says who the client is or what it asks for, and only a proxy or a gateway may say. */
export const NOT_FOR_CLIENTS = [
  ...[
    'X-Forwarded-Method',
    'X-Forwarded-Uri',
    'X-Forwarded-Prefix',
    'X-Forwarded-Port',
    'X-Forwarded-Server',
    'X-Forwarded-User',
  ],
  ...[
    'Forwarded',
    'X-Original-Method',
    'X-Original-URI',
    'X-Original-URL',
    'X-Rewrite-URL',
    'X-Client-IP',
    'True-Client-IP',
    'Proxy',
  ],
  ...['X-HTTP-Method', 'X-HTTP-Method-Override', 'X-Method-Override', 'Remote-Groups', 'Remote-Name', 'Remote-Email'],
  ...['X-Auth-Request-User', 'X-Auth-Request-Email', 'X-Auth-Request-Groups', 'X-Auth-Request-Preferred-Username'],
];

/** A line with the credentials of a key. */
export function authorized({ may }: ProxiedWorld, who: keyof ProxiedWorld['may'] = 'pass'): string {
  return `Authorization: ${may[who]}`;
}

/**
 * The service was asked once, with exactly one value for each identity header under whatever spelling, the gateway's,
 * and with no key.
 */
export function expectOurIdentity(world: ProxiedWorld): void {
  const [request, ...more] = world.seen();
  if (request === undefined) throw new Error('the service was not asked');
  expect(more).toEqual([]);
  expect(Object.fromEntries(IDENTITY.map((name) => [name, readAs(name, request)]))).toEqual({
    'Remote-User': ['anna'],
    'X-Keyfold-User-Id': [world.userId],
    'X-Keyfold-Key-Id': [world.keyId],
    'X-Keyfold-Roles': ['API Key Sign In'],
    'X-Keyfold-Scopes': ['reports,orders'],
    'X-Keyfold-Position': [expect.stringMatching(/^\d+$/)],
  });
  for (const name of ['Authorization', 'X-Keyfold-Assertion', 'X-Keyfold-Status'])
    expect(readAs(name, request)).toEqual([]);
}
