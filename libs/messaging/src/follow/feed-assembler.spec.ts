import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Frontier, type NoteSigner, signCheckpoint } from '@keyfold/domain';
import { testKeys } from '@keyfold/testing/feed/feed-harness';
import { MemoryLog } from '@keyfold/testing/feed/memory-log';
import { usersCreated } from '@keyfold/testing/feed/test-events';
import { FeedProblem } from '../protocol/errors.js';
import { encodeOpenings } from '../protocol/log-message.js';
import { ErasureProofs } from '../verify/erasure.js';
import type { RawEntry } from '../verify/verified-batch.js';
import { verifySegment } from '../verify/verify-segment.js';
import { FeedAssembler } from './feed-assembler.js';

const SIZE = 60;
const log = new MemoryLog();
log.append(...usersCreated(1, SIZE));
const noteAt = async (size: number, signer: NoteSigner = testKeys.signer): Promise<string> =>
  signCheckpoint({ origin: signer.name, size, root: await log.rootAt(size) }, signer);

/** The stream as the relay makes it: a checkpoint on every tenth record. */
const honest: readonly RawEntry[] = await Promise.all(
  log.records.map(async ({ leaf, openings, record: { position } }) => ({
    position,
    leaf,
    openings: encodeOpenings(openings) ?? '',
    checkpoint: position % 10 === 0 ? await noteAt(position) : null,
  })),
);

const assembler = (): FeedAssembler => new FeedAssembler(testKeys.verifier, { size: 0, frontier: Frontier.empty() });

/** Feeds entries and takes what verifies, as the follower does, without ever refilling. */
function applied(entries: readonly RawEntry[]): { positions: number[]; root: Buffer } {
  const feed = assembler();
  const positions: number[] = [];
  for (const entry of entries) {
    feed.accept(entry);
    while (feed.isReady) {
      try {
        positions.push(...(feed.next(25)?.records ?? []).map(({ record }) => record.position));
      } catch {
        // Refused: what matters is what was not.
      }
    }
  }
  return { positions, root: feed.tip.frontier.root() };
}

async function expectPrefix({ positions, root }: { positions: number[]; root: Buffer }): Promise<void> {
  expect(positions).toEqual(Array.from(positions, (_, index) => index + 1));
  expect(root).toEqual(await log.rootAt(positions.length));
}

describe('whatever the stream delivers', () => {
  test('what is applied is a prefix of the log, in order, without gap and repetition', async () => {
    const index = fc.nat({ max: SIZE - 1 });
    await fc.assert(
      fc.asyncProperty(fc.array(index, { maxLength: 200 }), async (order) => {
        await expectPrefix(applied(order.map((i) => honest[i]).filter((entry) => entry !== undefined)));
      }),
      { numRuns: 200 },
    );
  });

  test('repetitions and older records in between change nothing', async () => {
    const repeats = fc.array(fc.tuple(fc.nat({ max: SIZE - 1 }), fc.nat({ max: 20 })), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(repeats, async (repetitions) => {
        const again = new Map(repetitions);
        const entries = honest.flatMap((entry, i) => [entry, ...honest.slice(Math.max(0, i - (again.get(i) ?? 0)), i)]);
        const result = applied(entries);
        expect(result.positions).toHaveLength(SIZE);
        await expectPrefix(result);
      }),
      { numRuns: 100 },
    );
  });

  test('a changed byte anywhere keeps that record and all after it from being applied', async () => {
    const change = fc.record({ at: fc.nat({ max: SIZE - 1 }), byte: fc.nat(), bit: fc.nat({ max: 7 }) });
    await fc.assert(
      fc.asyncProperty(change, async ({ at, bit, byte }) => {
        const entries = honest.map((entry) => {
          if (entry.position !== at + 1) return entry;
          const leaf = Buffer.from(entry.leaf);
          const target = byte % leaf.byteLength;
          leaf[target] = (leaf[target] ?? 0) ^ (1 << bit);
          return { ...entry, leaf };
        });
        const result = applied(entries);
        expect(result.positions.length).toBeLessThanOrEqual(at);
        await expectPrefix(result);
      }),
      { numRuns: 200 },
    );
  });
});

describe('the assembler', () => {
  test('delivers nothing before a checkpoint', () => {
    const feed = assembler();
    for (const entry of honest.slice(0, 9)) feed.accept(entry);
    expect(feed.isReady).toBe(false);
    expect(feed.next(100)).toBeNull();
    expect(feed.tip.size).toBe(0);
  });

  test('passes over checkpoints when it is behind, and checks the last one within the limit', () => {
    const feed = assembler();
    for (const entry of honest) feed.accept(entry);
    expect(feed.next(35)?.records).toHaveLength(30);
    expect(feed.next(5)?.records).toHaveLength(10);
    expect(feed.tip.size).toBe(40);
  });

  test('says which positions are missing, and goes on with what it holds once they are filled', async () => {
    const feed = assembler();
    for (const entry of honest.slice(4, 20)) feed.accept(entry);
    expect([feed.gap, feed.isReady]).toEqual([{ after: 0, through: 4 }, false]);
    feed.moveTip(await filledThrough(4));
    expect([feed.gap, feed.isReady]).toEqual([null, true]);
    expect(feed.next(100)?.records.at(0)?.record.position).toBe(5);
  });

  test('keeps what came after a segment that it refused', async () => {
    const feed = assembler();
    const stranger = await noteAt(10, testKeys.stranger);
    const forged = honest
      .slice(0, 10)
      .map((entry) => (entry.position === 10 ? { ...entry, checkpoint: stranger } : entry));
    for (const entry of [...forged, ...honest.slice(10, 20)]) feed.accept(entry);
    expect(() => feed.next(10)).toThrow(expect.objectContaining({ code: 'BAD_CHECKPOINT' }));
    expect([feed.tip.size, feed.gap]).toEqual([0, { after: 0, through: 10 }]);
    feed.moveTip(await filledThrough(10));
    expect(feed.next(10)?.records.at(-1)?.record.position).toBe(20);
  });

  test('a refill beyond what it holds leaves nothing stale behind', async () => {
    const feed = assembler();
    for (const entry of honest.slice(0, 15)) feed.accept(entry);
    feed.moveTip(await filledThrough(30));
    expect([feed.heldCount, feed.isReady, feed.gap]).toEqual([0, false, null]);
    for (const entry of honest.slice(30, 40)) feed.accept(entry);
    expect(feed.next(100)?.records).toHaveLength(10);
  });
});

describe('a hole in what the stream delivers', () => {
  const LONG = 400;
  const long = new MemoryLog();
  long.append(...usersCreated(1, LONG));
  const roots = Promise.all(Array.from({ length: LONG + 1 }, (_, size) => long.rootAt(size)));
  let sizeOfNote: (size: number) => string;
  let stream: RawEntry[];
  beforeAll(async () => {
    const rootAt = await roots;
    const { signer } = testKeys;
    sizeOfNote = (size) => signCheckpoint({ origin: signer.name, size, root: rootAt[size] ?? Buffer.alloc(0) }, signer);
    stream = long.records.map(({ leaf, openings, record: { position } }) => ({
      position,
      leaf,
      openings: encodeOpenings(openings) ?? '',
      checkpoint: position % 10 === 0 ? sizeOfNote(position) : null,
    }));
  });

  /** Follows as the loop does, with the log at hand; at the end of the stream up to the last checkpoint. */
  function follow(feed: FeedAssembler): { refilled: number[]; sizes: number[] } {
    const [refilled, sizes]: [number[], number[]] = [[], []];
    for (;;) {
      try {
        while (feed.isReady) feed.next(25);
      } catch (error) {
        if (!(error instanceof FeedProblem)) throw error;
        continue;
      }
      sizes.push(feed.tip.size);
      const { gap } = feed;
      if (gap === null) return { refilled, sizes };
      const held = feed.heldBeforeGap;
      const brought = stream.slice(gap.after, gap.through).map((entry) => ({ ...entry, checkpoint: null }));
      const segment = { from: feed.tip, entries: [...held, ...brought], note: sizeOfNote(gap.through) };
      try {
        const { frontier } = verifySegment({ ...segment, erasures: ErasureProofs.none }, testKeys.verifier);
        feed.moveTip({ size: frontier.size, frontier });
        refilled.push(...brought.map(({ position }) => position));
      } catch (error) {
        feed.refuse(held, error);
      }
    }
  }
  const given = (entries: readonly RawEntry[]): FeedAssembler => {
    const feed = assembler();
    for (const entry of entries) feed.accept(entry);
    return feed;
  };

  test('costs its own records and no others', () => {
    const lost = [25, 26, 143, 300];
    const feed = given(stream.filter(({ position }) => !lost.includes(position)));
    expect(feed.heldCount).toBe(LONG - lost.length);
    expect(follow(feed)).toEqual({ refilled: lost, sizes: [20, 140, 290, 400] });
  });

  test('is closed together with those close by, whatever was lost', async () => {
    const root = await long.rootAt(LONG);
    const lostPositions = fc.uniqueArray(fc.integer({ min: 1, max: LONG - 1 }), { maxLength: 30 });
    fc.assert(
      fc.property(lostPositions, (lost) => {
        const feed = given(stream.filter(({ position }) => !lost.includes(position)));
        const { refilled, sizes } = follow(feed);
        expect(feed.tip.size).toBe(LONG);
        expect(feed.tip.frontier.root()).toEqual(root);
        expect(lost.filter((position) => !refilled.includes(position))).toEqual([]);
        const far = refilled.filter((position) => !lost.some((hole) => Math.abs(hole - position) <= 50));
        expect(far).toEqual([]);
        expect(sizes.length).toBeLessThanOrEqual(Math.min(lost.length, LONG / 50) + 1);
      }),
    );
  });

  test('may be an opening that is missing or wrong: the other records of its segment are the log’s', () => {
    const entries = stream.map((entry) => {
      if (entry.position === 34) return { ...entry, openings: '' };
      return entry.position === 250 ? { ...entry, openings: stream[0]?.openings ?? '' } : entry;
    });
    expect(follow(given(entries))).toMatchObject({ refilled: [34, 250] });
  });

  test('is refilled from the last checkpoint on where what was held before it is forged', () => {
    const forged = (entry: RawEntry): RawEntry => ({ ...entry, leaf: Buffer.from('no record') });
    const entries = stream.filter(({ position }) => position !== 39);
    const feed = given(entries.map((entry) => (entry.position === 32 ? forged(entry) : entry)));
    expect(follow(feed)).toMatchObject({ refilled: [31, 32, 33, 34, 35, 36, 37, 38, 39] });
  });
});

async function filledThrough(size: number): Promise<{ size: number; frontier: Frontier }> {
  const feed = assembler();
  const checkpoint = await noteAt(size);
  for (const entry of honest.slice(0, size)) {
    feed.accept({ ...entry, checkpoint: entry.position === size ? checkpoint : null });
  }
  feed.next(size);
  return feed.tip;
}
