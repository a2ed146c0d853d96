import { startProblem as problemOfStart, type StartSettings, type StartWords } from '@keyfold/service-kit';
import { WrongLogError } from './projection/projection-store.js';
import { WorkersCannotStartError } from './workers/worker-pool.js';

const WORDS: StartWords = {
  ports: ['KEYFOLD_GATEWAY_PORT', 'KEYFOLD_GATEWAY_OPS_PORT', 'KEYFOLD_PROXY_PORT', 'KEYFOLD_GATEWAY_GRPC_PORT'],
  databaseUrl: 'KEYFOLD_GATEWAY_DATABASE_URL',
  sentences: {
    EACCES:
      'A port or a file may not be used by this user: choose ports above 1023 and a KEYFOLD_DATA_DIR that it may write to.',
    '28P01': 'Postgres refuses the password in KEYFOLD_GATEWAY_DATABASE_URL.',
    '28000': 'Postgres refuses the role in KEYFOLD_GATEWAY_DATABASE_URL.',
    '42501': "The role in KEYFOLD_GATEWAY_DATABASE_URL may not create the gateway's schema.",
  },
  ownProblem: (error) => {
    if (error instanceof WorkersCannotStartError)
      return error.sentence ?? 'A worker process could not start; the lines before this one say why.';
    if (error instanceof WrongLogError)
      return `${error.message}: give this gateway another KEYFOLD_GATEWAY_ID or the public key of its log.`;
    // By its name: its module brings along all that follows the log, which the primary of several workers does without.
    if (error.name === 'NotPreparedError') return `${error.message}.`;
    // From the migration: a newer version has been there.
    return error.name === 'StoreRefusedError' ? error.message : undefined;
  },
};

/** Why the gateway cannot start, as a sentence for its operator; undefined if only the error itself says it. */
export function startProblem(error: unknown, settings?: StartSettings): string | undefined {
  return problemOfStart(error, WORDS, settings);
}
