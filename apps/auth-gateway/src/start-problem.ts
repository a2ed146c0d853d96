import { ConfigError } from '@keyfold/service-kit';
import { WrongLogError } from './projection/projection-store.js';
import { WorkersCannotStartError } from './workers/worker-pool.js';

const SENTENCES: Readonly<Record<string, string>> = {
  EADDRINUSE:
    'A port is taken by another program: choose others with KEYFOLD_GATEWAY_PORT, KEYFOLD_GATEWAY_OPS_PORT and KEYFOLD_PROXY_PORT.',
  EACCES:
    'A port or a file may not be used by this user: choose ports above 1023 and a KEYFOLD_DATA_DIR that it may write to.',
  ECONNREFUSED: 'Postgres does not answer at the address in KEYFOLD_GATEWAY_DATABASE_URL.',
  ENOTFOUND: 'The host in KEYFOLD_GATEWAY_DATABASE_URL is not known.',
  EROFS: 'KEYFOLD_DATA_DIR cannot be written to.',
  // SQLSTATEs
  '28P01': 'Postgres refuses the password in KEYFOLD_GATEWAY_DATABASE_URL.',
  '28000': 'Postgres refuses the role in KEYFOLD_GATEWAY_DATABASE_URL.',
  '3D000': 'The database that KEYFOLD_GATEWAY_DATABASE_URL names does not exist.',
  '42501': "The role in KEYFOLD_GATEWAY_DATABASE_URL may not create the gateway's schema.",
};

/** Why the gateway cannot start, as a sentence for its operator; undefined if only the error itself says it. Never holds a value of the configuration. */
export function startProblem(error: unknown): string | undefined {
  if (error instanceof ConfigError) return `The configuration has problems:\n${error.message}`;
  if (error instanceof WorkersCannotStartError)
    return error.sentence ?? 'A worker process could not start; the lines before this one say why.';
  if (!(error instanceof Error)) return undefined;
  if (error instanceof WrongLogError)
    return `${error.message}: give this gateway another KEYFOLD_GATEWAY_ID or the public key of its log.`;
  const { code } = error as { code?: unknown };
  const own = typeof code === 'string' ? SENTENCES[code] : undefined;
  return own ?? startProblem(error.cause);
}
