import { ConfigError } from '@keyfold/service-kit';

const SENTENCES: Readonly<Record<string, string>> = {
  EADDRINUSE:
    'A port is taken by another program: choose others with KEYFOLD_ADMIN_PORT, KEYFOLD_ADMIN_OPS_PORT and KEYFOLD_ADMIN_INTERNAL_PORT.',
  EACCES: 'A port may not be used by this user: choose one above 1023.',
  ECONNREFUSED: 'Postgres does not answer at the address in KEYFOLD_DATABASE_URL.',
  ENOTFOUND: 'The host in KEYFOLD_DATABASE_URL is not known.',
  // SQLSTATEs
  '28P01': 'Postgres refuses the password in KEYFOLD_DATABASE_URL or KEYFOLD_DATABASE_OWNER_URL.',
  '28000': 'Postgres refuses the role in KEYFOLD_DATABASE_URL or KEYFOLD_DATABASE_OWNER_URL.',
  '3D000': 'The database that KEYFOLD_DATABASE_URL names does not exist.',
  '42P01': 'The database has not been migrated: give KEYFOLD_DATABASE_OWNER_URL, or run the migration first.',
  '42501':
    'The role in KEYFOLD_DATABASE_URL lacks rights: give KEYFOLD_DATABASE_OWNER_URL, or run the migration first.',
};

/** Why the service cannot start, as a sentence for its operator; undefined if only the error itself says it. Never holds a value of the configuration. */
export function startProblem(error: unknown): string | undefined {
  if (error instanceof ConfigError) return `The configuration has problems:\n${error.message}`;
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'StoreRefusedError') return error.message;
  const { code } = error as { code?: unknown };
  const own = typeof code === 'string' ? SENTENCES[code] : undefined;
  return own ?? startProblem(error.cause);
}
