import { setFlagsFromString } from 'node:v8';
import type { GatewayConfig } from './gateway-config.js';
import type { GatewayParts } from './gateway-parts.js';

/** How much may be allocated, in percent of what is in use, before the heap is looked through again. */
const GROWTH_PERCENT = 10;
const LOOK_MS = 1_000;
/** With fewer keys, a tenth of what is in use would be so little that the processor would mostly look. */
const MANY_KEYS = 15_000;

/**
 * Holds the heap near what the caches hold, from when the gateway has caught up and they hold many keys or are half full: V8 lets a heap double by
 * default before it looks for what can go, and a gateway whose caches turn over would take twice the memory for good. For the process that it runs
 * in, so it is called by what a process begins with.
 */
export function holdHeapOnceFull({ facts, freshness }: GatewayParts, { isFrugal, settings }: GatewayConfig): void {
  if (!isFrugal) return;
  const manyKeys = Math.min(MANY_KEYS, settings.KEYFOLD_GATEWAY_CACHE_ENTRIES / 2);
  const timer = setInterval(() => {
    if (facts.sizes.keys < manyKeys || !freshness.holdsLease()) return;
    clearInterval(timer);
    setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
  }, LOOK_MS);
  timer.unref();
}
