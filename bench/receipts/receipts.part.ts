import type { Part } from '../harness/figure.js';
import { measureConfirmed } from './confirmed.js';
import { measureCutOff } from './cut-off.js';
import { measureLastAccepted } from './last-accepted.js';
import { measureLeaseCost } from './lease-cost.js';
import { measureManyRevoked } from './many-revoked.js';

export const receiptsPart: Part = {
  name: 'receipts',
  about: 'a revocation that is confirmed on every gateway, and what leases cost',
  run: async (options) => [
    ...(await measureConfirmed(options)),
    ...(await measureCutOff(options)),
    ...(await measureLastAccepted(options)),
    ...(await measureLeaseCost(options)),
    ...(await measureManyRevoked(options)),
  ],
};
