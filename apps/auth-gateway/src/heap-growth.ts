import { setFlagsFromString } from 'node:v8';

/** How much may be allocated, in percent of what is in use, before the heap is looked through again. */
const GROWTH_PERCENT = 10;
const LOOK_MS = 1_000;

/**
 * Holds the heap near what the caches hold, from when the gateway has caught up: V8 lets a heap double by default before it looks for what
 * can go, and a gateway whose caches turn over would take twice the memory for good. While it catches up, room is worth more than that: most
 * of what a batch makes is gone with it. For the process that it runs in, so it is called by what a process begins with.
 */
export function holdHeapOnceCurrent(isCurrent: () => boolean): void {
  const timer = setInterval(() => {
    if (!isCurrent()) return;
    clearInterval(timer);
    setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
  }, LOOK_MS);
  timer.unref();
}
