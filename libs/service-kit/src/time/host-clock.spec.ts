import { describe, expect, test } from '@jest/globals';
import { HostClock } from './host-clock.js';

function host(duringUptimeRead: () => number = () => 0): {
  clock: HostClock;
  pass: (ms: number) => void;
  sleep: (ms: number) => void;
  setWall: (ms: number) => void;
  uptimeReads: () => number;
} {
  let [monotonic, wall, up, reads] = [1_000, 1_700_000_000_000, 50_000, 0];
  const pass = (ms: number): void => {
    monotonic += ms;
    wall += ms;
    up += ms;
  };
  const clock = new HostClock({
    monotonicMs: () => monotonic,
    wallMs: () => wall,
    uptimeMs: () => {
      reads++;
      pass(duringUptimeRead());
      return up;
    },
  });
  const sleep = (ms: number): void => {
    wall += ms;
    up += ms;
  };
  return { clock, pass, sleep, setWall: (ms) => (wall += ms), uptimeReads: () => reads };
}

describe('HostClock', () => {
  test('time that a suspended host slept counts, although its monotonic clock stood still', () => {
    const { clock, pass, sleep } = host();
    const before = clock.nowMs();
    pass(500);
    sleep(60_000);
    expect(clock.nowMs() - before).toBe(60_500);
    pass(10);
    expect(clock.nowMs() - before).toBe(60_510);
  });

  test('a wall clock that somebody sets changes nothing', () => {
    const { clock, pass, setWall } = host();
    const before = clock.nowMs();
    setWall(3_600_000);
    pass(5);
    expect(clock.nowMs() - before).toBe(5);
    setWall(-7_200_000);
    expect(clock.nowMs() - before).toBe(5);
  });

  test('a sleep hidden by a wall clock set back is found by the next resync', () => {
    const { clock, sleep, setWall } = host();
    const before = clock.nowMs();
    sleep(10_000);
    setWall(-10_000);
    clock.resync();
    expect(clock.nowMs() - before).toBe(10_000);
  });

  test('the uptime is not read while the clocks agree', () => {
    const { clock, pass, uptimeReads } = host();
    const reads = uptimeReads();
    for (let i = 0; i < 100; i++) {
      pass(1_000);
      clock.nowMs();
    }
    expect(uptimeReads()).toBe(reads);
  });

  test('time that passes between the reads of a busy host is no sleep, and hides none', () => {
    const taken = [300, 0, 500, 80, 0];
    const { clock, pass, sleep } = host(() => taken.shift() ?? 0);
    const before = clock.nowMs();
    expect(clock.resync() - before).toBe(580);
    pass(20);
    expect(clock.nowMs() - before).toBe(600);
    sleep(260);
    expect(clock.nowMs() - before).toBe(860);
  });
});
