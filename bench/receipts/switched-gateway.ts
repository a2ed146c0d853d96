import { HeadClient } from '@keyfold/messaging';
import { GatewayFacts } from '../../apps/auth-gateway/src/facts/gateway-facts.js';
import { Freshness } from '../../apps/auth-gateway/src/freshness/freshness.js';

/**
 * The gateway itself, in which the bench takes something out and puts it back while it runs. Both sides of a comparison
 * are then one process: two processes differ by more than what is to be measured.
 */
export type Without = 'nothing' | 'leases' | 'revocations';

/** What the process has done and used so far; the answer to each message. */
export interface Meter {
  readonly decisions: number;
  /** Of all threads, to the microsecond: the ticks of /proc are too coarse for short rounds. */
  readonly cpuSeconds: number;
}

let without: Without = 'nothing';
let decisions = 0;
let putBack: () => void = () => undefined;
let isBack = Promise.resolve();
process.on('message', (message) => {
  putBack();
  // Nothing else is sent over this channel.
  without = message as Without;
  isBack = new Promise((resolve) => (putBack = resolve));
  const { system, user } = process.cpuUsage();
  const meter: Meter = { decisions, cpuSeconds: (system + user) / 1e6 };
  process.send?.(meter);
});

/* eslint-disable @typescript-eslint/unbound-method -- called with their objects below */
const { decisionTimeMs } = Freshness.prototype;
const { ask } = HeadClient.prototype;
const settings = Object.getOwnPropertyDescriptor(GatewayFacts.prototype, 'settings')?.get;
/* eslint-enable @typescript-eslint/unbound-method */
if (settings === undefined) throw new Error('the settings are read elsewhere now');

// Neither the lease nor the clocks that it is compared with: the log's time alone.
Freshness.prototype.decisionTimeMs = function () {
  decisions += 1;
  return without === 'leases' ? this.logClock.atMs(performance.now()) : decisionTimeMs.call(this);
};

// No head is asked for, and so nothing is cosigned.
HeadClient.prototype.ask = async function () {
  while (without === 'leases') await isBack;
  return ask.call(this);
};

type Settings = GatewayFacts['settings'];
let bare: { readonly of: Settings; readonly settings: Settings } | undefined;

// As if no bulk revocation had ever been recorded.
Object.defineProperty(GatewayFacts.prototype, 'settings', {
  get(this: GatewayFacts): Settings {
    const now = settings.call(this) as Settings;
    if (without !== 'revocations') return now;
    if (bare?.of !== now) bare = { of: now, settings: { ...now, bulkRevocations: [] } };
    return bare.settings;
  },
});

await import('../../apps/auth-gateway/src/main.js');
