import type { Figure, Part } from '../harness/figure.js';
import { spreadOf } from '../harness/spread.js';
import { startProduct } from '../stack/product.js';
import { withScratch } from '../support/scratch.js';

export const startPart: Part = {
  name: 'start',
  about: 'npm start until it is ready, on no data and on its own',
  async run({ rounds, progress }): Promise<Figure[]> {
    const first: number[] = [];
    const next: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await withScratch(async (dataDir) => {
        for (const times of [first, next]) {
          const product = await startProduct(dataDir);
          times.push(product.startMilliseconds);
          await product.stop();
        }
      });
      progress(
        `start: round ${round + 1} of ${rounds}: ${Math.round(first.at(-1) ?? 0)} ms, then ${Math.round(next.at(-1) ?? 0)} ms`,
      );
    }
    return [figureOf('npm start, first', first, 10_000), figureOf('npm start, next', next, 5_000)];
  },
};

function figureOf(name: string, times: readonly number[], aim: number): Figure {
  return { kind: 'duration', name, aim: { median: aim }, milliseconds: { ...spreadOf(times) } };
}
