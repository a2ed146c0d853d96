import * as client from 'openid-client';
import type { OutboundFetch } from '../../platform/outbound-proxy.js';
import { CLOCK_TOLERANCE_SECONDS } from './issuer-clock.js';
import { answeredStatus, MisconfiguredIssuerError } from './issuer-errors.js';

const TIMEOUT_SECONDS = 5;
/** Answers of a server that is there but cannot say what it would say at another time. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 425, 429]);
/** What a discovery document means that names none (OpenID Connect Discovery 1.0, 3). */
const DEFAULT_METHODS: readonly string[] = ['client_secret_basic'];

/** This service as the issuer registered it. */
export interface RegisteredClient {
  readonly id: string;
  /** Undefined for a public client. */
  readonly secret: string | undefined;
  /** How the issuer is reached. */
  readonly fetch: OutboundFetch;
}

/** One for each way to prove ourselves at the token endpoint; at least one. */
export type Configurations = readonly [client.Configuration, ...client.Configuration[]];

/**
 * Reads the issuer's discovery document.
 *
 * @param url as its tokens name it
 * @returns the client's configuration for each way to prove itself at the token endpoint that the issuer supports, the
 *   first to be tried first
 * @throws MisconfiguredIssuerError if the settings do not fit the issuer; what stands for an outage (see `isOutage`) if
 *   it does not answer
 */
export async function discoverIssuer(url: string, registered: RegisteredClient): Promise<Configurations> {
  const server = new URL(url);
  // The settings allow http for a host of this machine only.
  const execute: Extension[] = server.protocol === 'http:' ? [allowInsecureRequests] : [];
  const metadata = await readMetadata(server, registered, execute);
  const configured = (authentication: client.ClientAuth): client.Configuration => {
    const times = { [client.clockTolerance]: CLOCK_TOLERANCE_SECONDS };
    const configuration = new client.Configuration(metadata, registered.id, times, authentication);
    configuration.timeout = TIMEOUT_SECONDS;
    configuration[client.customFetch] = registered.fetch;
    for (const extension of execute) extension(configuration);
    return configuration;
  };
  const [first, ...others] = authentications(metadata, registered);
  return [configured(first), ...others.map(configured)];
}

type Extension = (configuration: client.Configuration) => void;

async function readMetadata(
  server: URL,
  registered: RegisteredClient,
  execute: Extension[],
): Promise<client.ServerMetadata> {
  try {
    const options = { timeout: TIMEOUT_SECONDS, execute, [client.customFetch]: registered.fetch };
    const found = await client.discovery(server, registered.id, undefined, client.None(), options);
    const metadata = found.serverMetadata();
    // The library lets some issuers of many tenants through, whose tokens name another issuer than their document does.
    if (new URL(metadata.issuer).href !== server.href) throw otherIssuer(metadata.issuer);
    return metadata;
  } catch (error) {
    throw asMisconfiguration(error, server) ?? error;
  }
}

/** An answer that there will be again tomorrow says that the URL is wrong. */
function asMisconfiguration(error: unknown, server: URL): MisconfiguredIssuerError | undefined {
  if (!(error instanceof client.ClientError)) return undefined;
  const named = namedIssuer(error.cause);
  if (error.code === 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED' && named !== undefined) return otherIssuer(named);
  const status = answeredStatus(error);
  if (status === undefined || status >= 500 || PASSING_STATUSES.has(status)) return undefined;
  return new MisconfiguredIssuerError(
    `KEYFOLD_OIDC_ISSUER names no OpenID issuer: its discovery document was asked for at ${server.host}, and the answer (${status}) was none`,
    { cause: error },
  );
}

function namedIssuer(cause: unknown): string | undefined {
  const body = typeof cause === 'object' && cause !== null && 'body' in cause ? cause.body : undefined;
  const issuer = typeof body === 'object' && body !== null && 'issuer' in body ? body.issuer : undefined;
  return typeof issuer === 'string' ? issuer.slice(0, 500) : undefined;
}

function otherIssuer(named: string): MisconfiguredIssuerError {
  return new MisconfiguredIssuerError(
    `KEYFOLD_OIDC_ISSUER must be exactly what the issuer calls itself, including a slash at the end: "${named}"`,
  );
}

type Ways = readonly [client.ClientAuth, ...client.ClientAuth[]];

/** In the order of RFC 6749, 2.3.1: a secret in the header, and in the body where that is all there is. */
function authentications(metadata: client.ServerMetadata, { secret }: RegisteredClient): Ways {
  if (secret === undefined) return [client.None()];
  const supported = metadata.token_endpoint_auth_methods_supported ?? DEFAULT_METHODS;
  const post = supported.includes('client_secret_post') ? [client.ClientSecretPost(secret)] : [];
  if (supported.includes('client_secret_basic')) return [client.ClientSecretBasic(secret), ...post];
  const [only] = post;
  if (only) return [only];
  throw new MisconfiguredIssuerError(
    `KEYFOLD_OIDC_CLIENT_SECRET cannot be used: the issuer supports neither client_secret_basic nor client_secret_post, but ${supported.join(', ').slice(0, 500)}`,
  );
}

// Marked as deprecated only so that it stands out; see the settings for where it is allowed.
// eslint-disable-next-line @typescript-eslint/no-deprecated -- loopback issuers have no TLS
const { allowInsecureRequests } = client;
