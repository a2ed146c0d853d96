import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type GenerateKeyPairResult, type JWTPayload, SignJWT } from 'jose';
import Provider, { type Configuration, type JWK } from 'oidc-provider';

const CLIENT_ID = 'keyfold';
const CLIENT_SECRET = 'a secret of the client, long enough for HMACs of 256 bits';
const SCOPES = 'openid profile email groups';

export type Claims = Readonly<Record<string, unknown>>;

/** A real OpenID provider on localhost. Whoever comes is signed in as the next subject, without a form. */
export interface TestIssuer {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** How often its keys were fetched. */
  readonly keyFetches: number;
  /** Who the next one to come is. */
  setNext(subject: string, claims: Claims): void;
  /** Goes on with new keys only. */
  rotateKeys(): Promise<void>;
  /** A token with the current key, good unless the changes spoil it. */
  mint(claims: JWTPayload, header?: { typ?: string; kid?: string }): Promise<string>;
  /** Stops listening; `start` again takes the same port. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export async function startTestIssuer(redirectUri: string): Promise<TestIssuer> {
  const issuer = new LocalIssuer(redirectUri);
  await issuer.start();
  await issuer.rotateKeys();
  return issuer;
}

class LocalIssuer implements TestIssuer {
  readonly clientId = CLIENT_ID;
  readonly clientSecret = CLIENT_SECRET;
  keyFetches = 0;
  private port = 0;
  private server: Server | undefined;
  private provider: Provider | undefined;
  private key: { private: GenerateKeyPairResult['privateKey']; kid: string } | undefined;
  private generation = 0;
  private next = 'nobody';
  private readonly claims = new Map<string, Claims>();

  constructor(private readonly redirectUri: string) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  setNext(subject: string, claims: Claims): void {
    this.next = subject;
    this.claims.set(subject, claims);
  }

  async rotateKeys(): Promise<void> {
    this.generation += 1;
    const kid = `key-${this.generation}`;
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    this.key = { private: privateKey, kid };
    const jwk = { ...(await exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' };
    this.provider = new Provider(this.url, this.configuration(jwk));
  }

  mint(claims: JWTPayload, header: { typ?: string; kid?: string } = {}): Promise<string> {
    if (!this.key) throw new Error('no key yet');
    const nowSeconds = Math.floor(Date.now() / 1_000);
    return new SignJWT({ iss: this.url, aud: CLIENT_ID, iat: nowSeconds, exp: nowSeconds + 300, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: this.key.kid, ...header })
      .sign(this.key.private);
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      void this.answer(request, response);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(this.port, '127.0.0.1', resolve);
    });
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  async stop(): Promise<void> {
    const { server } = this;
    if (!server?.listening) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.provider) throw new Error('no provider yet');
    if (request.url === '/jwks') this.keyFetches += 1;
    if (request.url?.startsWith('/interaction/') === true)
      await this.provider.interactionFinished(request, response, { login: { accountId: this.next } });
    else await this.provider.callback()(request, response);
  }

  private configuration(key: JWK): Configuration {
    return {
      jwks: { keys: [key] },
      clients: [{ client_id: CLIENT_ID, client_secret: CLIENT_SECRET, redirect_uris: [this.redirectUri] }],
      cookies: { keys: ['a key for the cookies of this test'] },
      claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email'], groups: ['groups'] },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
      findAccount: (_context, accountId) => ({
        accountId,
        claims: () => ({ sub: accountId, ...this.claims.get(accountId) }),
      }),
      loadExistingGrant: async ({ oidc }) => {
        const { provider, client, session } = oidc;
        const accountId = session?.accountId;
        if (!client || accountId === undefined) return undefined;
        const held = session?.grantIdFor(client.clientId);
        if (held !== undefined) return provider.Grant.find(held);
        const grant = new provider.Grant({ clientId: client.clientId, accountId });
        grant.addOIDCScope(SCOPES);
        await grant.save();
        return grant;
      },
    };
  }
}

/**
 * What somebody without the issuer's key can make of one of its tokens: another algorithm, an HMAC, another subject
 * under the old signature.
 */
export function forgeToken(token: string, change: { alg?: string; hmacKey?: string; sub?: string }): string {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const { alg = change.hmacKey === undefined ? undefined : 'HS256', hmacKey, sub } = change;
  const changedPayload = sub === undefined ? payload : recode(payload, { sub });
  if (alg === undefined) return `${header}.${changedPayload}.${signature}`;
  const input = `${recode(header, { alg })}.${changedPayload}`;
  return `${input}.${hmacKey === undefined ? '' : createHmac('sha256', hmacKey).update(input).digest('base64url')}`;
}

function recode(part: string, changes: object): string {
  const before = JSON.parse(Buffer.from(part, 'base64url').toString()) as object;
  return Buffer.from(JSON.stringify({ ...before, ...changes })).toString('base64url');
}
