import { cpuSeconds } from '../support/cores.js';
import { descendantsOf } from '../support/descendants.js';

/** Processor time of everything that the bench has started, and of the bench itself, over several rounds. */
export class CpuMeter {
  private before: ReadonlyMap<number, number> = new Map();
  private seconds = 0;
  private commands = 0;

  start(): void {
    this.before = secondsSoFar();
  }

  stop(commands: number): void {
    const after = secondsSoFar();
    if (after.size === 0) return;
    // Process by process: one that ends meanwhile takes its past with it.
    for (const [pid, seconds] of after) this.seconds += seconds - (this.before.get(pid) ?? 0);
    this.commands += commands;
  }

  /** Milliseconds, for a reader. */
  perCommand(): string {
    return this.commands === 0 ? 'unknown' : ((this.seconds * 1000) / this.commands).toFixed(1);
  }
}

/** By process id; empty where /proc does not tell. */
function secondsSoFar(): Map<number, number> {
  const seconds = new Map<number, number>();
  for (const pid of [process.pid, ...descendantsOf(process.pid)]) {
    const own = cpuSeconds(pid);
    if (own !== null) seconds.set(pid, own);
  }
  return seconds;
}
