import { randomBytes } from 'node:crypto';

const COUNTER_START = 0x1000_0000;
const COUNTER_END = 0xffff_ffff;

let process = '';
let counter = COUNTER_END;

/**
 * An id for `X-Request-Id`: 96 random bits of this process and a count, always of the same length. It names a request
 * in logs and is no secret, so random bits for each would be wasted: they cost a fifth of what a whole decision does.
 */
export function nextRequestId(): string {
  if (counter === COUNTER_END) {
    process = randomBytes(12).toString('hex');
    counter = COUNTER_START;
  }
  counter += 1;
  return `${process}-${counter.toString(16)}`;
}
