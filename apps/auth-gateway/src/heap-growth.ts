import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** How much may be allocated, in percent of what is in use, before the heap is looked through again. */
const GROWTH_PERCENT = 10;
/** A tenth of less than this is so little that the processor would mostly look. */
const LARGE_BYTES = 80 * 1024 * 1024;
const LOOK_MS = 1_000;

/**
 * Holds the heap near what the caches hold, from when they have filled and the gateway has caught up: V8 lets a heap double by default before
 * it looks for what can go, and a gateway whose caches turn over would take twice the memory for good. While it catches up, room is worth
 * more than that: most of what a batch makes is gone with it. For the process that it runs in, so it is called by what a process begins with.
 */
export function holdLargeHeapOnceCurrent(isCurrent: () => boolean): void {
  const timer = setInterval(() => {
    if (!isCurrent() || oldSpaceBytes() < LARGE_BYTES) return;
    clearInterval(timer);
    setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
  }, LOOK_MS);
  timer.unref();
}

/** What has lived for a while: the caches above all. */
function oldSpaceBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')?.space_used_size ?? 0;
}
