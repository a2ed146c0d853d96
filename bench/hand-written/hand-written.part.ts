import { compare } from '../harness/compare.js';
import type { BenchOptions, Figure, Part } from '../harness/figure.js';
import { withNats, withPostgres } from '../support/scratch.js';
import { cacheSides } from './cache-sides.js';
import { natsSides } from './nats-sides.js';
import { postgresSides } from './postgres-sides.js';
import type { Sides } from './sides.js';

export const handWrittenPart: Part = {
  name: 'hand-written',
  about: 'code of our own against the library or the driver feature that would replace it',
  run: async (options) => [
    ...(await figures(cacheSides(options.seconds), options)),
    ...(await withNats(async ({ url }) => figures(await natsSides(url), options))),
    ...(await withPostgres(async (postgres) => {
      const opened = await postgresSides(postgres.superuserUrl('postgres'), options.seconds);
      return figures(opened.sides, options).finally(() => opened.close());
    })),
  ],
};

async function figures(all: readonly Sides[], { progress, rounds }: BenchOptions): Promise<Figure[]> {
  const made: Figure[] = [];
  for (const sides of all) made.push(await compare({ ...sides, aim: null, rounds, progress }));
  return made;
}
