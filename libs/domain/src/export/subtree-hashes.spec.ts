import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Frontier, leafHash } from '../log/index.js';
import { firstDifference, rootOfSubtrees, SubtreeHashes } from './subtree-hashes.js';

const leafOf = (index: number): Buffer => leafHash(Buffer.from(`leaf ${index}`));

function internedList(size: number, capacity: number, leaf: (index: number) => Buffer = leafOf): SubtreeHashes {
  const hashes = new SubtreeHashes(capacity);
  for (let index = 0; index < size; index += 1) hashes.append(leaf(index));
  return hashes;
}

describe('SubtreeHashes', () => {
  test.each([2, 4, 6, 64])('has the root of the tree for every size to 300 with room for %i hashes', (capacity) => {
    const frontier = Frontier.empty();
    const hashes = new SubtreeHashes(capacity);
    expect(hashes.root()).toEqual(frontier.root());
    for (let index = 0; index < 300; index += 1) {
      frontier.append(leafOf(index));
      hashes.append(leafOf(index));
      expect(hashes.root()).toEqual(frontier.root());
      expect(hashes.list().hashes.length / 32).toBe(Math.ceil(hashes.size / 2 ** hashes.list().level));
      expect(hashes.list().hashes.length / 32).toBeLessThanOrEqual(capacity);
    }
  });

  test('holds the leaf hashes themselves while there is room', () => {
    const { level, hashes } = internedList(8, 8).list();
    expect(level).toBe(0);
    expect(Buffer.from(hashes).equals(Buffer.concat([0, 1, 2, 3, 4, 5, 6, 7].map(leafOf)))).toBe(true);
  });

  test('a list that is handed out stays as it was', () => {
    const collector = internedList(3, 4);
    const before = collector.list();
    const root = rootOfSubtrees(before);
    for (let index = 3; index < 20; index += 1) collector.append(leafOf(index));
    expect(rootOfSubtrees(before)).toEqual(root);
  });
});

describe('firstDifference', () => {
  const changedAt = (changed: number) => (index: number) => leafOf(index === changed ? 1_000_000 + index : index);

  test('encloses the first changed leaf, whatever the sizes and levels of the two lists', () => {
    const cases = fc.record({
      size: fc.integer({ min: 1, max: 200 }),
      at: fc.nat(),
      left: fc.constantFrom(2, 8, 256),
      right: fc.constantFrom(2, 8, 256),
    });
    fc.assert(
      fc.property(cases, ({ size, at, left, right }) => {
        const changed = at % size;
        const honest = { size, list: internedList(size, left).list() };
        const edited = { size, list: internedList(size, right, changedAt(changed)).list() };
        const range = firstDifference(honest, edited);
        expect(range?.from).toBeLessThanOrEqual(changed + 1);
        expect(range?.to).toBeGreaterThanOrEqual(changed + 1);
        if (left >= size && right >= size) expect(range).toEqual({ from: changed + 1, to: changed + 1 });
      }),
    );
  });

  test('finds nothing between logs of which one is the beginning of the other', () => {
    const sizes = fc.tuple(fc.nat({ max: 150 }), fc.nat({ max: 150 }), fc.constantFrom(2, 8, 256));
    fc.assert(
      fc.property(sizes, ([left, right, capacity]) => {
        const range = firstDifference(
          { size: left, list: internedList(left, capacity).list() },
          { size: right, list: internedList(right, 16).list() },
        );
        expect(range).toBeNull();
      }),
    );
  });
});
