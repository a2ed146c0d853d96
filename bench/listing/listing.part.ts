import { compare, type Round } from '../harness/compare.js';
import type { BenchOptions, Figure, Part } from '../harness/figure.js';
import { percentile } from '../harness/spread.js';
import type { AdminSession } from '../stack/admin-session.js';
import { withServices } from '../stack/services.js';
import { keyLists, nameOf } from './key-lists.js';
import { type SeededLists, seedLists } from './seeded-lists.js';

const FEW = 10_000;
const MANY = 1_000_000;
/** A list is read from its start this many pages far, then from the start again. */
const PAGES = 4;
const PAGES_PER_ROUND = 100;

export const listingPart: Part = {
  name: 'listing',
  about: `a page of 50 keys by every filter, of ${MANY} keys against ${FEW}`,
  run: (options) =>
    withServices((small) =>
      withServices(async (large) => {
        const few = await seedLists(small, FEW);
        options.progress(`listing: filling the read models with ${MANY} keys takes minutes`);
        const many = await seedLists(large, MANY);
        return measure(few, many, options);
      }),
    ),
};

async function measure(few: SeededLists, many: SeededLists, { rounds, progress }: BenchOptions): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const list of keyLists(few.userId)) {
    const name = nameOf(list);
    figures.push(
      await compare({
        name: `list, ${name}`,
        unit: 'ms at p99',
        aim: 3,
        aimIs: 'most',
        rounds,
        progress,
        ours: slowest(many.askers[list.asker], list.query),
        theirs: slowest(few.askers[list.asker], list.query),
      }),
    );
  }
  return figures;
}

/** The 99th percentile of a page's time, in milliseconds. */
function slowest(asker: AdminSession, query: string): Round {
  return async () => {
    const milliseconds: number[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < PAGES_PER_ROUND; page += 1) {
      const from: string = page % PAGES === 0 || cursor === null ? '' : `&cursor=${cursor}`;
      const start = performance.now();
      const answer = await asker.call<{ nextCursor: string | null }>('GET', `/v1/api-keys?limit=50&${query}${from}`);
      milliseconds.push(performance.now() - start);
      cursor = answer.nextCursor;
    }
    return percentile(milliseconds, 99);
  };
}
