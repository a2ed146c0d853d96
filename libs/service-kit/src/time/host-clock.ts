import { uptime } from 'node:os';

/** Where the three clocks of the host are read; tests set their own. All in milliseconds. */
export interface HostClockSources {
  readonly monotonicMs: () => number;
  readonly wallMs: () => number;
  readonly uptimeMs: () => number;
}

const SYSTEM: HostClockSources = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  uptimeMs: () => uptime() * 1_000,
};

/** How far wall clock and monotonic clock may drift apart before the host's uptime is asked. */
const MAX_DRIFT_MS = 250;
/** The uptime is read in steps of 10 ms, and not in the same instant as the other clocks. */
const UPTIME_SLACK_MS = 50;
/** A busy host may take the processor away between two reads; then they are of different moments and are made again. */
const SAME_MOMENT_MS = 5;
const MAX_READS = 20;

/**
 * Time that passes, also while the host sleeps. The monotonic clock stops when a host is suspended, and a lease counted
 * on it alone would outlive its end; `os.uptime()` does not stop but is too dear for every request. So the wall clock,
 * whose absolute value decides nothing, stands guard: when the two drift apart, the uptime says whether the host slept
 * or somebody set the clock.
 */
export class HostClock {
  private sleptMs = 0;
  private offsetMs: number;
  private readonly bootMs: number;

  constructor(private readonly sources: HostClockSources = SYSTEM) {
    const { monotonic, sinceBoot, wall } = this.read();
    this.offsetMs = wall - monotonic;
    this.bootMs = sinceBoot - monotonic;
  }

  /** Milliseconds since some fixed moment; never goes back. Costs two clock reads. */
  nowMs(): number {
    const monotonic = this.sources.monotonicMs();
    const drift = this.sources.wallMs() - monotonic - this.offsetMs;
    if (drift > MAX_DRIFT_MS || drift < -MAX_DRIFT_MS) return this.resync();
    return monotonic + this.sleptMs;
  }

  /** The wall clock, milliseconds since 1970: whatever somebody has set it to. */
  wallMs(): number {
    return this.sources.wallMs();
  }

  /** Reads the uptime, so that several short sleeps do not add up unnoticed; called about once a second. */
  resync(): number {
    const { monotonic, sinceBoot, wall } = this.read();
    const slept = sinceBoot - monotonic - this.bootMs;
    if (slept > this.sleptMs + UPTIME_SLACK_MS) this.sleptMs = slept;
    this.offsetMs = wall - monotonic;
    return monotonic + this.sleptMs;
  }

  /** The three clocks at one moment: what passes between the reads would be taken for sleep, for good. */
  private read(): { monotonic: number; sinceBoot: number; wall: number } {
    let monotonic = this.sources.monotonicMs();
    for (let reads = 1; ; reads++) {
      const [sinceBoot, wall] = [this.sources.uptimeMs(), this.sources.wallMs()];
      const after = this.sources.monotonicMs();
      if (after - monotonic <= SAME_MOMENT_MS || reads === MAX_READS) return { monotonic, sinceBoot, wall };
      monotonic = after;
    }
  }
}
