import { startProblem as problemOfStart, type StartSettings, type StartWords } from '@keyfold/service-kit';

const WORDS: StartWords = {
  ports: ['KEYFOLD_ADMIN_PORT', 'KEYFOLD_ADMIN_OPS_PORT', 'KEYFOLD_ADMIN_INTERNAL_PORT'],
  databaseUrl: 'KEYFOLD_DATABASE_URL',
  sentences: {
    EACCES:
      'A port or a file may not be used by this user: choose ports above 1023 and a KEYFOLD_DATA_DIR that it may write to.',
    '28P01': 'Postgres refuses the password in KEYFOLD_DATABASE_URL or KEYFOLD_DATABASE_OWNER_URL.',
    '28000': 'Postgres refuses the role in KEYFOLD_DATABASE_URL or KEYFOLD_DATABASE_OWNER_URL.',
    '42P01': 'The database has not been migrated: give KEYFOLD_DATABASE_OWNER_URL, or run the migration first.',
    '42501':
      'The role in KEYFOLD_DATABASE_URL lacks rights: give KEYFOLD_DATABASE_OWNER_URL, or run the migration first.',
  },
  ownProblem: ({ message, name }) => (name === 'StoreRefusedError' || name === 'LogForkedError' ? message : undefined),
};

/** Why the service cannot start, as a sentence for its operator; undefined if only the error itself says it. */
export function startProblem(error: unknown, settings?: StartSettings): string | undefined {
  return problemOfStart(error, WORDS, settings);
}
