import { ConfigError } from '@keyfold/service-kit';
import { WrongLogError } from './projection/projection-store.js';
import { WorkersCannotStartError } from './workers/worker-pool.js';

const PORTS = [
  'KEYFOLD_GATEWAY_PORT',
  'KEYFOLD_GATEWAY_OPS_PORT',
  'KEYFOLD_PROXY_PORT',
  'KEYFOLD_GATEWAY_GRPC_PORT',
] as const;

/** Where the gateway was to listen. */
export type ListenSettings = Readonly<Partial<Record<(typeof PORTS)[number], number | undefined>>> & {
  readonly KEYFOLD_HOST?: string;
};

const NO_ANSWER = 'Postgres does not answer at the address in KEYFOLD_GATEWAY_DATABASE_URL.';
const UNKNOWN_HOST = 'The host in KEYFOLD_GATEWAY_DATABASE_URL is not known.';
const SENTENCES: Readonly<Record<string, string>> = {
  EACCES:
    'A port or a file may not be used by this user: choose ports above 1023 and a KEYFOLD_DATA_DIR that it may write to.',
  EADDRNOTAVAIL: 'KEYFOLD_HOST is no address of this machine.',
  ECONNREFUSED: NO_ANSWER,
  EHOSTUNREACH: NO_ANSWER,
  ENETUNREACH: NO_ANSWER,
  ETIMEDOUT: NO_ANSWER,
  ENOTFOUND: UNKNOWN_HOST,
  EAI_AGAIN: UNKNOWN_HOST,
  EROFS: 'KEYFOLD_DATA_DIR cannot be written to.',
  // SQLSTATEs
  '28P01': 'Postgres refuses the password in KEYFOLD_GATEWAY_DATABASE_URL.',
  '28000': 'Postgres refuses the role in KEYFOLD_GATEWAY_DATABASE_URL.',
  '3D000': 'The database that KEYFOLD_GATEWAY_DATABASE_URL names does not exist.',
  '42501': "The role in KEYFOLD_GATEWAY_DATABASE_URL may not create the gateway's schema.",
};

/**
 * Why the gateway cannot start, as a sentence for its operator; undefined if only the error itself says it. Never holds a value of the
 * configuration.
 *
 * @param settings to tell one port from another, where the configuration could be read
 */
export function startProblem(error: unknown, settings: ListenSettings = {}): string | undefined {
  if (error instanceof ConfigError) return `The configuration has problems:\n${error.message}`;
  if (error instanceof WorkersCannotStartError)
    return error.sentence ?? 'A worker process could not start; the lines before this one say why.';
  if (!(error instanceof Error)) return undefined;
  if (error instanceof WrongLogError)
    return `${error.message}: give this gateway another KEYFOLD_GATEWAY_ID or the public key of its log.`;
  return sentenceOf(error, settings) ?? startProblem(error.cause, settings);
}

function sentenceOf(
  error: Error & { readonly code?: unknown; readonly hostname?: unknown; readonly port?: unknown },
  settings: ListenSettings,
): string | undefined {
  const { code, hostname, port } = error;
  if (code === 'EADDRINUSE') {
    const named = PORTS.filter((name) => settings[name] !== undefined && settings[name] === port);
    const names = named.length === 0 ? PORTS : named;
    return `A port is taken by another program: choose another with ${names.join(', ')}.`;
  }
  // Both an address to listen on and Postgres's may be a name that nobody knows.
  if (hostname !== undefined && hostname === settings.KEYFOLD_HOST) return SENTENCES['EADDRNOTAVAIL'];
  return typeof code === 'string' ? SENTENCES[code] : undefined;
}
