import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Bursts } from './bursts.js';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

/** Requests that come evenly, and when each was let through. */
class Load {
  readonly bursts = new Bursts();
  readonly waitedMs: number[] = [];
  readonly enteredAtMs: number[] = [];

  ask(): void {
    const cameAtMs = performance.now();
    void this.bursts.enter().then(() => {
      this.waitedMs.push(performance.now() - cameAtMs);
      this.enteredAtMs.push(performance.now());
    });
  }

  async run(perSecond: number, seconds: number): Promise<void> {
    this.waitedMs.length = 0;
    this.enteredAtMs.length = 0;
    for (let nth = 0; nth < perSecond * seconds; nth += 1) {
      this.ask();
      await jest.advanceTimersByTimeAsync(1_000 / perSecond);
    }
  }

  /** Moments at which requests were let through. */
  get openings(): number {
    return new Set(this.enteredAtMs).size;
  }
}

test('few requests wait for nothing', async () => {
  const load = new Load();
  await load.run(50, 3);
  expect(Math.max(...load.waitedMs)).toBe(0);
  expect(load.waitedMs).toHaveLength(150);
});

test('a thousand a second go through ten times a second, none more than 100 ms after it came', async () => {
  const load = new Load();
  await load.run(1_000, 3);
  await load.run(1_000, 2);
  expect(load.openings).toBeGreaterThanOrEqual(20);
  expect(load.openings).toBeLessThanOrEqual(22);
  expect(Math.max(...load.waitedMs)).toBeLessThanOrEqual(101);
});

test('those who wait go on soon after news, and pauses are short for a second from then on', async () => {
  const load = new Load();
  await load.run(1_000, 3);
  await jest.advanceTimersByTimeAsync(200);
  load.waitedMs.length = 0;
  load.ask();
  load.ask();
  await jest.advanceTimersByTimeAsync(30);
  const through = load.waitedMs.length;
  load.bursts.hurry();
  await jest.advanceTimersByTimeAsync(20);
  expect(load.waitedMs.length).toBe(2);
  expect(through).toBe(1);
  await load.run(1_000, 0.5);
  expect(Math.max(...load.waitedMs)).toBeLessThanOrEqual(51);
  await load.run(1_000, 2);
  expect(Math.max(...load.waitedMs)).toBeGreaterThan(90);
});

test('twenty gateways that answer news wait for nothing', async () => {
  const load = new Load();
  for (let news = 0; news < 10; news += 1) {
    load.bursts.hurry();
    for (let gateway = 0; gateway < 20; gateway += 1) load.ask();
    await jest.advanceTimersByTimeAsync(100);
  }
  expect(load.waitedMs).toHaveLength(200);
  expect(Math.max(...load.waitedMs)).toBe(0);
});

test('a flood is not kept waiting', async () => {
  const load = new Load();
  for (let nth = 0; nth < 1_000; nth += 1) load.ask();
  await jest.advanceTimersByTimeAsync(0);
  expect(load.waitedMs.length).toBeGreaterThan(1_000 - 256);
});
