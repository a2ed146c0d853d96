import { setFlagsFromString } from 'node:v8';
import type { GatewayConfig } from './gateway-config.js';
import type { GatewayParts } from './gateway-parts.js';

/** How much may be allocated, in percent of what is in use, before the next garbage collection. */
const GROWTH_PERCENT = 10;
const LOOK_MS = 1_000;
/** With fewer keys, a tenth of what is in use would be so little that the collector would run most of the time. */
const MANY_KEYS = 15_000;

/**
 * Limits heap growth once the gateway has caught up and the caches hold many keys or are half full. By default V8 lets
 * a heap double before it collects, so a gateway whose cache entries are replaced all the time would take twice the
 * memory for good. This sets a flag of the whole process, so only what starts a process calls it.
 */
export function limitHeapGrowthOnceFull(
  { facts, freshness }: GatewayParts,
  { limitsHeapGrowth, settings }: GatewayConfig,
): void {
  if (!limitsHeapGrowth) return;
  const manyKeys = Math.min(MANY_KEYS, settings.KEYFOLD_GATEWAY_CACHE_ENTRIES / 2);
  const timer = setInterval(() => {
    if (facts.sizes.keys < manyKeys || !freshness.holdsLease()) return;
    clearInterval(timer);
    setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
  }, LOOK_MS);
  timer.unref();
}
