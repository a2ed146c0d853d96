import { type FeatureDocs, operation, operationsOf } from '../../http/api-docs.js';
import type { ForksController } from './forks.controller.js';

export const forksDocs: FeatureDocs = {
  tag: { name: 'Forks', description: 'When the database has lost the end of the log: going on under another origin.' },
  operations: operationsOf<ForksController>('Forks', {
    acknowledge: operation(
      'acknowledgeFork',
      'Acknowledge a fork of the log',
      ['LOG_NOT_FORKED', 'FORK_DIFFERS', 'VERSION_CONFLICT'],
      {
        notes:
          'Fence the old database first: nothing may answer gateways from it any more. Then look at what was lost, above all revocations, which have to be made again. The log goes on with the records of this database under a new origin, and so a new public key. Each replica ends and has to be started again; gateways follow by themselves. For an hour no write is confirmed.',
      },
    ),
  }),
  members: {
    ForkAcknowledgement: {
      position: 'As a refusal with `LOG_FORKED` names it.',
      checkpoint: 'As that refusal names it.',
    },
    LogOrigin: {
      origin: 'Origin of the log from now on.',
      previousOrigin: 'Origin that it had before.',
      publicKey: 'Public key of the log under the new origin: a C2SP verifier key, to be pinned by auditors.',
    },
  },
};
