import type { Part } from '../harness/figure.js';
import { measureConfirmed } from './confirmed.js';
import { measureCutOff } from './cut-off.js';
import { measureLastAccepted } from './last-accepted.js';

export const receiptsPart: Part = {
  name: 'receipts',
  about: 'a revocation that is confirmed on every gateway, on an idle system',
  run: async (options) => [
    ...(await measureConfirmed(options)),
    ...(await measureCutOff(options)),
    ...(await measureLastAccepted(options)),
  ],
};
