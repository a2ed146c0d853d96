import { setTimeout as delay } from 'node:timers/promises';
import { HeadClient } from '@keyfold/messaging';
import { Freshness } from '../../apps/auth-gateway/src/freshness/freshness.js';

/**
 * The gateway itself, in which the bench takes something out and puts it back while it runs. Both sides of a comparison
 * are then one process: two processes differ by more than what is to be measured.
 */
export type Without = 'nothing' | 'leases';

let without: Without = 'nothing';
process.on('message', (message) => {
  // Nothing else is sent over this channel.
  without = message as Without;
  process.send?.(message);
});

/* eslint-disable @typescript-eslint/unbound-method -- called with their objects below */
const { decisionTimeMs } = Freshness.prototype;
const { ask } = HeadClient.prototype;
/* eslint-enable @typescript-eslint/unbound-method */

// Neither the lease nor the clocks that it is compared with: the log's time alone.
Freshness.prototype.decisionTimeMs = function () {
  return without === 'leases' ? this.logClock.atMs(performance.now()) : decisionTimeMs.call(this);
};

// No head is asked for, and so nothing is cosigned.
HeadClient.prototype.ask = async function () {
  while (without === 'leases') await delay(50);
  return ask.call(this);
};

await import('../../apps/auth-gateway/src/main.js');
