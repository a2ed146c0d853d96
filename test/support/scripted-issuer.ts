import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { LOCALHOST_CERTIFICATE } from './localhost-certificate.js';

type Claims = Readonly<Record<string, unknown>>;

/** How a provider looks from outside: what its documentation shows, with the hosts replaced. */
export interface ProviderShape {
  /** Below the origin, without a slash at the end unless the issuer has one. */
  readonly issuerPath: string;
  /** What discovery says besides the issuer and the endpoints. */
  readonly discovery: Claims;
  /** How this client is registered; any other way is refused, as strict providers do. */
  readonly clientMethod: 'client_secret_basic' | 'client_secret_post' | 'none';
  readonly idToken: Claims;
  /** What the userinfo endpoint says, or the status with which it refuses; undefined if there is no such endpoint. */
  readonly userInfo?: Claims | 401 | 403 | 503;
}

export const SCRIPTED_CLIENT = { id: 'keyfold client', secret: 'a secret: with/special+characters %' } as const;

/**
 * A provider of a given shape on localhost that lets whoever comes sign in at once. It takes each code once, with the
 * right verifier only.
 */
export class ScriptedIssuer {
  /** Each way in which a client tried to prove itself. */
  readonly methods: string[] = [];
  scope: string | null = null;
  shape: ProviderShape;
  private readonly flows = new Map<string, { challenge: string | null; nonce: string | null }>();
  private server: Server | undefined;
  private host = '';

  private constructor(
    shape: ProviderShape,
    private readonly key: CryptoKey,
    private readonly jwk: JWK,
  ) {
    this.shape = shape;
  }

  /** @param options `tls` for https://localhost, with the certificate of the tests */
  static async start(shape: ProviderShape, options: { readonly tls?: boolean } = {}): Promise<ScriptedIssuer> {
    const { privateKey, publicKey } = await generateKeyPair('RS256');
    // Without `alg`, as Entra publishes its keys.
    const issuer = new ScriptedIssuer(shape, privateKey, { ...(await exportJWK(publicKey)), kid: 'k', use: 'sig' });
    const answer = (request: IncomingMessage, response: ServerResponse): void => {
      void issuer.answer(request, response);
    };
    const server = options.tls === true ? createTlsServer(LOCALHOST_CERTIFICATE, answer) : createServer(answer);
    issuer.host = options.tls === true ? 'https://localhost' : 'http://127.0.0.1';
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    issuer.server = server;
    return issuer;
  }

  get origin(): string {
    return `${this.host}:${(this.server?.address() as AddressInfo).port}`;
  }

  get url(): string {
    return this.origin + this.shape.issuerPath;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  mint(claims: Claims): Promise<string> {
    const nowSeconds = Math.floor(Date.now() / 1_000);
    return new SignJWT({ iss: this.url, aud: SCRIPTED_CLIENT.id, iat: nowSeconds, exp: nowSeconds + 300, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'k', typ: 'JWT' })
      .sign(this.key);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', this.origin);
    // A provider asks for its document below its own path, however many slashes the client has put at the end of that.
    const discovery = `${this.shape.issuerPath.replace(/\/$/, '')}/.well-known/openid-configuration`;
    if (url.pathname === discovery) json(response, 200, this.document());
    else if (url.pathname === '/keys') json(response, 200, { keys: [this.jwk] });
    else if (url.pathname === '/authorize') this.authorize(url.searchParams, response);
    else if (url.pathname === '/token') await this.token(request, response);
    else if (url.pathname === '/userinfo') this.userInfo(request, response);
    else response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not Found</h1>');
  }

  private document(): Claims {
    return {
      issuer: this.url,
      authorization_endpoint: `${this.origin}/authorize`,
      token_endpoint: `${this.origin}/token`,
      jwks_uri: `${this.origin}/keys`,
      ...(this.shape.userInfo === undefined ? {} : { userinfo_endpoint: `${this.origin}/userinfo` }),
      response_types_supported: ['code'],
      id_token_signing_alg_values_supported: ['RS256'],
      ...this.shape.discovery,
    };
  }

  private authorize(query: URLSearchParams, response: ServerResponse): void {
    const code = randomBytes(12).toString('hex');
    this.scope = query.get('scope');
    this.flows.set(code, { challenge: query.get('code_challenge'), nonce: query.get('nonce') });
    const back = new URL(query.get('redirect_uri') ?? '');
    back.searchParams.set('code', code);
    back.searchParams.set('state', query.get('state') ?? '');
    if (this.shape.discovery['authorization_response_iss_parameter_supported'] === true)
      back.searchParams.set('iss', this.url);
    response.writeHead(302, { location: back.href }).end();
  }

  private async token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await text(request));
    const method = methodOf(request, form);
    this.methods.push(method);
    if (method !== this.shape.clientMethod) {
      const challenge = method === 'client_secret_basic' ? { 'www-authenticate': 'Basic realm="clients"' } : {};
      json(response, 401, { error: 'invalid_client' }, challenge);
      return;
    }
    const flow = this.flows.get(form.get('code') ?? '');
    this.flows.delete(form.get('code') ?? '');
    const verifier = form.get('code_verifier') ?? '';
    if (flow?.challenge !== createHash('sha256').update(verifier).digest('base64url')) {
      json(response, 400, { error: 'invalid_grant' });
      return;
    }
    const idToken = await this.mint({ ...this.shape.idToken, nonce: flow.nonce });
    json(response, 200, { access_token: 'opaque', token_type: 'Bearer', expires_in: 300, id_token: idToken });
  }

  private userInfo(request: IncomingMessage, response: ServerResponse): void {
    const { userInfo } = this.shape;
    if (request.headers.authorization !== 'Bearer opaque') json(response, 401, {});
    else if (typeof userInfo === 'number') json(response, userInfo, { error: 'no' }, challengeOf(userInfo));
    else json(response, 200, userInfo ?? {});
  }
}

function methodOf(request: IncomingMessage, form: URLSearchParams): string {
  const { id, secret } = SCRIPTED_CLIENT;
  const [scheme, credentials] = request.headers.authorization?.split(' ') ?? [];
  if (scheme === 'Basic') {
    const pair = Buffer.from(credentials ?? '', 'base64')
      .toString()
      .split(':');
    // Encoded like a form before it is put together (RFC 6749, 2.3.1).
    const [name, password] = pair.map((part) => decodeURIComponent(part.replaceAll('+', ' ')));
    return name === id && password === secret ? 'client_secret_basic' : 'wrong';
  }
  if (form.get('client_id') !== id) return 'wrong';
  if (!form.has('client_secret')) return 'none';
  return form.get('client_secret') === secret ? 'client_secret_post' : 'wrong';
}

/** Some answer with a challenge (RFC 6750, 3), others with the bare status. */
function challengeOf(status: number): Record<string, string> {
  return status === 401 ? { 'www-authenticate': 'Bearer error="invalid_token"' } : {};
}

function json(response: ServerResponse, status: number, body: Claims, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
