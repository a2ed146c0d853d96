import { type FeatureDocs, operation, operationsOf } from '../../http/api-docs.js';
import type { ConfirmationsController } from './confirmations.controller.js';

const leaf = 'Leaf bytes of the record, base64.';

export const receiptsDocs: FeatureDocs = {
  tag: { name: 'Confirmations', description: 'When no gateway can miss a write any more, and the proof of it.' },
  operations: operationsOf<ConfirmationsController>('Confirmations', {
    read: operation('readConfirmation', 'Read whether a write is confirmed', ['NOT_FOUND'], {
      notes: 'With `Prefer: wait=N` it answers once the write is confirmed, or with 202 when N seconds are over.',
      parameters: {
        position: 'Position of the write, from the header Keyfold-Position of its answer.',
        prefer: '`wait=N`: waits for at most N seconds, 1 to 300.',
      },
    }),
    receipt: operation('downloadReceipt', 'Download the receipt of a write', ['NOT_FOUND', 'NOT_CONFIRMED'], {
      needs:
        'Needs sign-in as the actor of the record, the owner of the key concerned or their supervisor, or the permission `audit.read`.',
      notes: 'Anyone can check it with the public key of the log: `keyfold verify-receipt`. It is kept for 400 days.',
      parameters: { position: 'Position of the write, from its confirmation.' },
    }),
  }),
  members: {
    Confirmation: {
      status: '`confirmed`: no gateway can miss the write any more. `pending`: one still can.',
      position: 'Position of the record that is confirmed: the receipt is found under it.',
      gateways: 'Each gateway that had a lease when the write was made.',
      'gateways.gatewayId': 'Id of the gateway.',
      'gateways.appliedPosition': 'Position up to which the process that lags most has applied the log.',
      'gateways.by':
        '`applied`: it has applied the write. `lease-ended`: its lease is over. null: it may still miss it.',
      'gateways.confirmedAt': 'When that was the case; null while it is not.',
      'gateways.leaseUntil': 'Until when its lease lasts.',
    },
    Receipt: {
      format: 'Always `keyfold-receipt/1`.',
      position: 'Position of the record.',
      leaf,
      enrolments: 'The records that enrolled the keys of the gateway processes named in the statement.',
      'enrolments.leaf': leaf,
      'enrolments.inclusion': 'Proof that the tree of the first proof contains it.',
      proofs: 'At least one proof that the log contains the record, the largest tree first.',
      'proofs.checkpoint': 'Checkpoint signed by the log and cosigned by gateway processes.',
      'proofs.inclusion': 'Proof that this tree contains the record.',
      statement: 'Note signed by the log: which process had applied the record, or whose lease was over, and when.',
    },
  },
};
