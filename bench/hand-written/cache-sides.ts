import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import pg from 'pg';
import { DigestCache } from '../../apps/auth-gateway/src/authentication/digest-cache.js';
import { CacheEntry, SecondChanceCache } from '../../apps/auth-gateway/src/facts/second-chance-cache.js';
import { textLiteral } from '../../libs/event-store/src/append/sql-literals.js';
import { perCpuSecond, type Sides } from './sides.js';

const KEYS = 100_000;
const LEAVES_CHARACTERS = 1_000_000;

/** What runs in memory alone. */
export function cacheSides(seconds: number): Sides[] {
  return [digests(seconds), entries(seconds), literals(seconds)];
}

/** Remembered Authorization values, looked up in random order: a digest of 32 characters of one byte. */
function digests(seconds: number): Sides {
  const names = shuffled((nth) => createHash('sha256').update(String(nth)).digest('binary'));
  const ours = new DigestCache<object>({ max: KEYS });
  const theirs = new LRUCache<string, object>({ max: KEYS });
  for (const name of names) {
    ours.set(name, { name });
    theirs.set(name, { name });
  }
  return {
    name: 'DigestCache, 100,000 digests',
    unit: 'look-ups/s',
    ours: () => lookUpsPerSecond(seconds, ours, names),
    theirs: () => lookUpsPerSecond(seconds, theirs, names),
    note: 'against lru-cache',
  };
}

/** Keys and users, looked up in random order. */
function entries(seconds: number): Sides {
  const names = shuffled((nth) => `key-${nth}`);
  const ours = new SecondChanceCache<CacheEntry>({ max: KEYS });
  const theirs = new LRUCache<string, CacheEntry>({ max: KEYS });
  for (const name of names) {
    ours.set(new CacheEntry(name));
    theirs.set(name, new CacheEntry(name));
  }
  return {
    name: 'SecondChanceCache, 100,000 keys',
    unit: 'look-ups/s',
    ours: () => lookUpsPerSecond(seconds, ours, names),
    theirs: () => lookUpsPerSecond(seconds, theirs, names),
    note: 'against lru-cache',
  };
}

/** Leaves of a large append as one text. */
function literals(seconds: number): Sides {
  const leaf = '{"actor":"user/1","data":{"name":"it\'s a key"},"position":1,"stream":"api-key/1"}';
  const text = leaf.repeat(Math.ceil(LEAVES_CHARACTERS / leaf.length));
  const each = text.length / 1e6;
  return {
    name: 'textLiteral, a million characters',
    unit: 'MB/s',
    ours: () => perCpuSecond({ each, seconds }, () => textLiteral(text)),
    theirs: () => perCpuSecond({ each, seconds }, () => pg.escapeLiteral(text)),
    note: 'against pg.escapeLiteral',
  };
}

function shuffled(nameOf: (nth: number) => string): string[] {
  const names = Array.from({ length: KEYS }, (_, nth) => nameOf(nth));
  // The same order in every run (the generator of Park and Miller).
  let random = 1;
  for (let last = names.length - 1; last > 0; last -= 1) {
    random = (random * 48_271) % 2_147_483_647;
    const other = random % (last + 1);
    [names[last], names[other]] = [names[other] ?? '', names[last] ?? ''];
  }
  return names;
}

/** By processor time of the look-ups alone. */
function lookUpsPerSecond(
  seconds: number,
  cache: { get(name: string): unknown },
  names: readonly string[],
): Promise<number> {
  let done = 0;
  let busyUs = 0;
  while (busyUs < seconds * 1e6) {
    // New strings, as a request brings them: V8 keeps the hash of one that it has looked up before.
    const asked = names.map((name) => Buffer.from(name, 'latin1').toString('latin1'));
    const before = process.cpuUsage();
    for (const name of asked) if (cache.get(name) === undefined) throw new Error('a name is missing');
    const { system, user } = process.cpuUsage(before);
    busyUs += system + user;
    done += asked.length;
  }
  return Promise.resolve((done * 1e6) / busyUs);
}
