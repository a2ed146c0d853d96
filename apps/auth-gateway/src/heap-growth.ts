import { setFlagsFromString } from 'node:v8';
import type { GatewayConfig } from './gateway-config.js';
import type { GatewayParts } from './gateway-parts.js';

/** How much may be allocated, in percent of what is in use, before the heap is looked through again. */
const GROWTH_PERCENT = 10;
const LOOK_MS = 1_000;

/**
 * Holds the heap near what the caches hold, from when the gateway has caught up and they are half full: V8 lets a heap double by default before
 * it looks for what can go, and a gateway whose caches turn over would take twice the memory for good. Before, a tenth would be so little that
 * the processor would mostly look. For the process that it runs in, so it is called by what a process begins with.
 */
export function holdHeapOnceFull({ facts, freshness }: GatewayParts, { isFrugal, settings }: GatewayConfig): void {
  if (!isFrugal) return;
  const timer = setInterval(() => {
    if (facts.sizes.keys < settings.KEYFOLD_GATEWAY_CACHE_ENTRIES / 2 || !freshness.holdsLease()) return;
    clearInterval(timer);
    setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
  }, LOOK_MS);
  timer.unref();
}
