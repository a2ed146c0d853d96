import { type FeatureDocs, operation, operationsOf } from '../../http/api-docs.js';
import type { ForksController } from './forks.controller.js';

export const forksDocs: FeatureDocs = {
  tag: { name: 'Forks', description: 'When the database has lost the end of the log: going on under another origin.' },
  operations: operationsOf<ForksController>('Forks', {
    read: operation('readForks', 'Read whether the log has forked', [], {
      notes: 'Says what this replica has found, and which forks were acknowledged before.',
    }),
    lost: operation('listLostRecords', 'List the records that a fork lost', ['NOT_FOUND'], {
      notes:
        'In order of position, as the broker has kept them: none without a broker. They are there to be looked at, above all for revocations, and are not proven.',
      parameters: {
        acknowledgement: 'Position of the record that acknowledged the fork; by default the fork that stands.',
      },
    }),
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
    LogForks: {
      origin: 'Origin of the log.',
      publicKey: 'Public key of the log: a C2SP verifier key.',
      fork: 'The fork that stands: nothing is written or signed. Null if none was found.',
      confirms: 'Whether writes are confirmed: not while a fork stands, nor for an hour after its acknowledgement.',
      acknowledged: 'Forks that were acknowledged, the newest first.',
    },
    StandingFork: {
      position: 'Up to this position the log may be what it was.',
      checkpoint: 'Checkpoint of the log as it was, which it does not extend.',
      size: 'Records that the log had by that checkpoint; null if it cannot be read.',
    },
    AcknowledgedFork: {
      position: 'Up to this position the log may be what it was.',
      checkpoint: 'Checkpoint of the log as it was before the fork.',
      size: 'Records that the log had by that checkpoint; null if it cannot be read.',
      previousOrigin: 'Origin that the log had before.',
      origin: 'Origin under which it went on.',
      recordPosition: 'Position of the record of the acknowledgement.',
      acknowledgedAt: 'When it was acknowledged.',
      acknowledgedBy: 'Who acknowledged it: `user/<id>`.',
    },
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
