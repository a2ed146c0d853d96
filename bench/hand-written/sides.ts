import type { Round } from '../harness/compare.js';
import { cpuSeconds } from '../support/cores.js';

/** A hand-written part and what would stand in its place. */
export interface Sides {
  readonly name: string;
  readonly unit: string;
  /** Both in units for each second of processor time. */
  readonly ours: Round;
  readonly theirs: Round;
  readonly note: string;
}

/**
 * Does it again and again for so long. By processor time, which says more than the clock on a machine where others are
 * at work.
 *
 * @param each how much each time counts for
 * @param server another process that takes part, whose processor time counts too
 * @returns how much is done in a second of processor time
 */
export async function perCpuSecond(
  { each, seconds, server }: { readonly each: number; readonly seconds: number; readonly server?: number },
  work: () => unknown,
): Promise<number> {
  const endMs = performance.now() + seconds * 1_000;
  const before = cpuOf(server);
  let done = 0;
  do {
    await work();
    done += each;
  } while (performance.now() < endMs);
  return done / (cpuOf(server) - before);
}

/** Seconds of this process, and of the other one if there is one and the system tells. */
function cpuOf(server: number | undefined): number {
  const { system, user } = process.cpuUsage();
  return (system + user) / 1e6 + (server === undefined ? 0 : (cpuSeconds(server) ?? 0));
}
