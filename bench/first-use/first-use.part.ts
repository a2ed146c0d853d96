import argon2 from 'argon2';
import { ARGON2_DEFAULTS } from '@keyfold/domain';
import { compare } from '../harness/compare.js';
import type { BenchOptions, Figure, Part } from '../harness/figure.js';
import { percentile } from '../harness/spread.js';
import type { ProvenKey } from '../stack/proven-key.js';
import { basic, waitUntilAllowed, withProvenKey } from '../stack/proven-key.js';
import { pinServers } from '../support/asked-server.js';
import { nodeCommand, startChild } from '../support/child.js';
import { pin, SERVER_CORE } from '../support/cores.js';
import { withScratch } from '../support/scratch.js';

const KEYS_PER_ROUND = 20;
const SECRET = 's'.repeat(43);
const SIDES = [
  { whose: 'reference', against: 'argon2.verify', aim: 1.15 },
  { whose: 'own', against: 'the verification that it computes', aim: null },
];

export const firstUsePart: Part = {
  name: 'first-use',
  about: 'the first request with a key against argon2.verify alone',
  run: (options) =>
    withScratch((folder) => {
      options.progress('first-use: starting the product');
      return withProvenKey(folder, (proven) => measure(proven, options));
    }),
};

async function measure(proven: ProvenKey, { progress, rounds }: BenchOptions): Promise<Figure[]> {
  progress('first-use: issuing keys');
  const unused = await issueKeys(proven, KEYS_PER_ROUND * (rounds + 1) * SIDES.length);
  const { memoryKib: memoryCost, parallelism, timeCost } = ARGON2_DEFAULTS;
  const phc = await argon2.hash(SECRET, { type: argon2.argon2id, memoryCost, timeCost, parallelism });
  const isPinned = pinServers(proven.gateway);
  const ours = async (): Promise<number> => {
    const times: number[] = [];
    for (const key of unused.splice(0, KEYS_PER_ROUND)) times.push(await firstRequestMs(proven, key));
    return percentile(times, 50);
  };
  const alone = async (whose: string): Promise<number> => {
    const command = nodeCommand('bench/first-use/verify-alone.js', whose, phc, SECRET, String(KEYS_PER_ROUND));
    const child = startChild(command);
    pin(child.process.pid ?? 0, SERVER_CORE);
    return percentile(JSON.parse(await child.line(/^\[/)) as number[], 50);
  };
  const note = `medians of ${KEYS_PER_ROUND}, one after the other${isPinned ? ', one core' : ''}`;
  const figures: Figure[] = [];
  for (const { whose, against, aim } of SIDES) {
    const name = `first use of a key, against ${against}`;
    const theirs = (): Promise<number> => alone(whose);
    figures.push(await compare({ name, unit: 'ms', aim, aimIs: 'most', rounds, ours, theirs, progress, note }));
  }
  return figures;
}

/** Fresh keys that the gateway knows of and has never seen. */
async function issueKeys({ gateway, session, username }: ProvenKey, count: number): Promise<string[]> {
  await session.call('PATCH', '/v1/settings/security', { maxActiveKeysPerUser: 1_000 });
  const keys: string[] = [];
  for (let nth = 0; nth <= count; nth += 1)
    keys.push((await session.call<{ key: string }>('POST', '/v1/me/api-keys', { name: `first use ${nth}` })).key);
  // Whatever was issued before this one has reached the gateway when this one has.
  await waitUntilAllowed(gateway.url, basic(username, keys.pop() ?? ''));
  return keys;
}

async function firstRequestMs({ gateway, username }: ProvenKey, key: string): Promise<number> {
  const headers = { authorization: basic(username, key) };
  const start = performance.now();
  const answer = await fetch(`${gateway.url}/v1/forward-auth`, { headers });
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`the gateway answers ${answer.status} to a fresh key`);
  return performance.now() - start;
}
