import { type FeatureDocs, operation, operationsOf } from '../../http/api-docs.js';
import type { EventsController } from './events.controller.js';
import type { ExportController } from './export.controller.js';
import type { LogController } from './log.controller.js';
import type { PastController } from './past.controller.js';
import type { ReportsController } from './reports.controller.js';
import type { TilesController } from './tiles.controller.js';

const REVEALING = 'Needs the permission `audit.read`; with reveal=true also `audit.reveal`.';
const reveal = '`true`: also shows sealed values. The log records who looked.';
const treeSize = 'Size of the tree, in records; by default the current size.';
const position = 'Position of the record, from 1.';
const hashes = 'Hashes of the proof, base64 of 32 bytes each.';

export const auditDocs: FeatureDocs = {
  tag: { name: 'Audit', description: 'The append-only log: its records, its proofs and what they say about the past.' },
  operations: {
    ...operationsOf<EventsController>('Events', {
      list: operation('listEvents', 'List the records of the log', [], {
        needs: REVEALING,
        notes: 'In order of position, from the oldest; with order=desc from the newest.',
        parameters: {
          order: '`asc` (the default): the oldest first. `desc`: the newest first.',
          after: 'Only records after this position.',
          stream: 'Only records of this stream, for example `api-key/<id>`.',
          type: 'Only records of this type, for example `ApiKeyRevoked`.',
          actor: 'Only records of this actor, for example `user/<id>`.',
          from: 'Only records from this instant on.',
          to: 'Only records before this instant.',
          reveal,
        },
      }),
      one: operation('readEvent', 'Read a record of the log', ['NOT_FOUND'], {
        needs: REVEALING,
        parameters: { position, reveal },
      }),
      proof: operation('proveEvent', 'Prove that the log contains a record', ['NOT_FOUND'], {
        notes: 'An inclusion proof by RFC 6962 with a signed checkpoint of exactly that size.',
        parameters: { position, treeSize },
      }),
      tlogProof: operation('downloadEventProof', 'Download the proof of a record as a file', ['NOT_FOUND'], {
        notes: 'The same proof as one text that can be kept and checked offline (C2SP tlog-proof).',
        parameters: { position, treeSize },
      }),
    }),
    ...operationsOf<ExportController>('Export', {
      export: operation('exportLog', 'Export the log', [], {
        needs: 'Needs the permission `audit.read`; with openings=true also `audit.reveal`.',
        notes:
          'A line for each record with exactly its leaf bytes, then a line with the signed checkpoint over them. With from, the first line holds the tree before it; with openings, a line with the sealed values follows each record. The answer is compressed with zstd or gzip if the client accepts it. The export itself is recorded in the log first.',
        parameters: {
          treeSize: 'Position of the last record; by default all records.',
          from: 'Position of the first record, from 1 (the default).',
          to: 'Position of the last record. Not together with treeSize.',
          openings: '`true`: also exports sealed values. The log records who did it.',
        },
      }),
    }),
    ...operationsOf<LogController>('Log', {
      checkpoint: operation('readCheckpoint', 'Read the current signed checkpoint', [], {
        notes: 'C2SP tlog-checkpoint, cosigned with the time by the second key of the log (tlog-cosignature).',
      }),
      publicKey: operation('readLogPublicKey', 'Read the verifier key of the log', [], {
        notes:
          'C2SP signed-note. It proves little when it comes from the log itself: get it in another way, and pin it.',
      }),
      cosigner: operation('readLogCosigner', 'Read the verifier key of the cosigner', [], {
        notes: 'In a note signed by the key of the log.',
      }),
      cosigned: operation('listCosignedCheckpoints', 'List cosigned checkpoints', [], {
        notes:
          'Oldest first: at least one in each interval while the log runs; of those with the same size the first and the last.',
        parameters: {
          from: 'Only those cosigned from this instant on.',
          to: 'Only those cosigned before this instant.',
        },
      }),
      consistency: operation('proveConsistency', 'Prove that the log only grew', [], {
        notes: 'That the larger tree extends the smaller one (RFC 6962, 2.1.2).',
        parameters: {
          from: 'Size of the smaller tree, in records, from 0.',
          to: 'Size of the larger tree, in records.',
        },
      }),
    }),
    ...operationsOf<PastController>('Past', {
      state: operation('readPastState', 'Read the state at a position or an instant', [], {
        needs: REVEALING,
        notes: 'Settings, roles, users and keys as the log gave them then; by default as it gives them now.',
        parameters: {
          position: 'Up to this position. Not together with at.',
          at: 'Up to this instant. Not together with position.',
          reveal,
        },
      }),
      explain: operation('explainDecision', 'Explain an access decision', [], {
        notes:
          'Whether a caller who proves the secret of the key would have been let in, by the function that the gateways use, and a minimal set of records for it. A limit of the key refuses if the request lacks the member that it needs. An answer that depends on a sealed value is `UNDETERMINED` without the permission `audit.reveal`; with it the log records who looked.',
        readsOnly: true,
      }),
    }),
    ...operationsOf<ReportsController>('Reports', {
      keys: operation('reportKeys', 'Count the keys for a report', [], {
        notes:
          'Active keys by age and by time to effective expiry, and the keys issued and revoked in each of the last 52 weeks. It names no key and no user.',
      }),
    }),
    ...operationsOf<TilesController>('Tiles', {
      entries: operation('readEntryTile', 'Read a tile of entries', ['NOT_FOUND'], {
        notes: 'C2SP tlog-tiles: the leaf bytes of records, each after its length in two bytes.',
        parameters: { path: '`<N>` for a full tile of 256 records, `<N>.p/<W>` for a partial one.' },
      }),
      tile: operation('readHashTile', 'Read a tile of hashes', ['NOT_FOUND'], {
        notes: 'C2SP tlog-tiles: hashes of 32 bytes each, full or partial, for any size that the log has had.',
        parameters: { path: '`<L>/<N>` for a full tile of 256 hashes, `<L>/<N>.p/<W>` for a partial one.' },
      }),
    }),
  },
  members: {
    Event: {
      position: 'Position in the log, from 1, without gaps.',
      stream: 'Stream that it belongs to, for example `api-key/<id>`.',
      version: 'Number within the stream, from 1.',
      type: 'What happened, for example `ApiKeyRevoked`.',
      schemaVersion: 'Version of the shape of `data`, from 1.',
      recordedAt: 'Log time of the append.',
      actor: 'Who did it: `user/<id>` or `system`.',
      correlationId: 'Id of the request that caused it.',
      data: 'What belongs to the type.',
      sealed: 'Commitment to each personal or secret value, base64url of a SHA-256 hash.',
      revealed: 'The sealed values, null once erased; only with reveal=true. Hashes of secrets are never shown.',
      salts: 'Salt of each revealed value, so that its commitment can be computed; null once erased.',
    },
    InclusionProof: {
      leafIndex: 'Index of the leaf, from 0: the position less 1.',
      treeSize: 'Size of the tree, in records.',
      hashes,
      checkpoint: 'Signed note over exactly this size.',
    },
    ConsistencyProof: {
      from: 'Size of the smaller tree, in records.',
      to: 'Size of the larger tree, in records.',
      hashes,
    },
    CosignedCheckpoint: {
      size: 'Number of records that it covers.',
      cosignedAt: 'When it was cosigned, to the second.',
      checkpoint: 'The signed and cosigned note.',
    },
    PastState: {
      position: 'Position up to which records were folded; 0 for the empty log.',
      at: 'Log time of that record; null for the empty log.',
      settings: 'The security settings then.',
      roles: 'The roles then.',
      'roles.id': 'Id of the role.',
      'roles.status': 'Status of the role.',
      users: 'The users then; sealed values are null unless revealed.',
      'users.id': 'Id of the user.',
      'users.status': 'Status of the user.',
      keys: 'The API keys then; sealed values are null unless revealed.',
      'keys.id': 'Id of the key.',
      'keys.status': 'Status of the key.',
    },
    KeyReport: {
      countedAt: 'Log time of the count.',
      byAge: 'Active keys by the time since their first record.',
      'byAge.fromDays': 'Least age of the group, in days.',
      'byAge.toDays': 'Age at which the next group begins, in days; null for the last group.',
      'byAge.keys': 'Number of keys.',
      byTimeToExpiry: 'The same keys by the time to their effective expiry.',
      'byTimeToExpiry.fromDays': 'Least time of the group, in days.',
      'byTimeToExpiry.toDays': 'Time at which the next group begins, in days; null for the last group.',
      'byTimeToExpiry.keys': 'Number of keys.',
      weeks: 'The last 52 weeks, the oldest first.',
      'weeks.start': 'Monday with which the week begins, in UTC.',
      'weeks.issued': 'Number of keys issued or promised, successors included.',
      'weeks.revoked': 'Number of keys revoked, by their own record, in bulk or by an erasure.',
    },
    ExplainDecision: {
      keyId: 'Id of the key, at most 128 characters.',
      username: 'User name that is sent with the key, at most 200 characters; by default that of the owner.',
      position: 'Facts up to this position, from 1; by default the last record at `at`, or the last of all.',
      at: 'The instant to decide at; by default the time of the last record.',
      method: 'HTTP method of the request, at most 200 characters.',
      ip: 'IP address of the client, at most 200 characters.',
      scopes: 'Scopes that the request demands, at most 100.',
    },
    Explanation: {
      allowed: 'Whether the request would have passed.',
      reason:
        'Why not, as a code; null if it passes. `UNDETERMINED` if it depends on a value that is erased or may not be revealed.',
      decidedAtPosition: 'Position of the last record that was taken into account.',
      at: 'Instant of the decision.',
      because: 'A minimal set of records that leads to this decision.',
      'because.position': 'Position of the record.',
      'because.type': 'Type of the record.',
      'because.summary': 'What it says, in a sentence.',
    },
  },
};
