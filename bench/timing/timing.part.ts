import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { forgedKey, unknownKeyId } from '../flood/forged-key.js';
import type { BenchOptions, Figure, Part } from '../harness/figure.js';
import type { ProvenKey } from '../stack/proven-key.js';
import { basic, waitUntilAllowed, withProvenKey } from '../stack/proven-key.js';
import { pinServers } from '../support/asked-server.js';
import { nodeCommand, startChild } from '../support/child.js';
import { LOAD_CORE, pin } from '../support/cores.js';
import { withScratch } from '../support/scratch.js';
import type { TimedAttempts, TimingResult } from './timing-process.js';

const SAMPLES = 2_000;
const CONCURRENCIES = [1, 32];
const WITHIN = { least: 0.45, most: 0.55 };
/**
 * A key id may fail a hundred times a minute before its attempts are answered otherwise; now and then two are counted
 * as one.
 */
const KEYS_PER_KIND = 120;
const EXPIRE_AFTER_MS = 20_000;
const DAY_MS = 86_400_000;

export const timingPart: Part = {
  name: 'timing',
  about: 'whether one can tell from the time of a 401 why it was given',
  run: (options) =>
    withScratch((folder) => {
      options.progress('timing: starting the product');
      return withProvenKey(folder, (proven) => measure(folder, proven, options), {
        KEYFOLD_TRUSTED_PROXIES: '127.0.0.1',
      });
    }),
};

interface IssuedKey {
  readonly id: string;
  readonly key: string;
}

async function measure(folder: string, proven: ProvenKey, { progress }: BenchOptions): Promise<Figure[]> {
  progress('timing: issuing keys');
  const keys = await issueKeys(proven);
  pinServers(proven.gateway);
  const figures: Figure[] = [];
  for (const connections of CONCURRENCIES) {
    progress(`timing: ${SAMPLES} attempts of each kind, ${connections} at a time`);
    const url = `${proven.gateway.url}/v1/forward-auth`;
    const values = await aucOf(folder, { url, connections, samples: SAMPLES, kinds: attemptsOf(proven, keys) });
    const name = `timing of a 401 (AUC), ${connections} at a time`;
    figures.push({ kind: 'bounded', name, within: WITHIN, values, note: 'each kind against all others together' });
  }
  return figures;
}

interface Keys {
  readonly active: readonly IssuedKey[];
  readonly revoked: readonly IssuedKey[];
  readonly expired: readonly IssuedKey[];
}

/**
 * Attempts of somebody who has no secret: whether there is such a key, and what it is, must not be heard from the time.
 */
function attemptsOf({ username }: ProvenKey, { active, expired, revoked }: Keys): TimedAttempts['kinds'] {
  const forged = (keys: readonly { readonly id: string }[], name = username): string[] =>
    keys.map(({ id }) => basic(name, forgedKey(id)));
  const unknown = Array.from({ length: SAMPLES }, () => ({ id: unknownKeyId() }));
  const half = active.length / 2;
  const otherName = username.slice(1) + username.slice(0, 1);
  return {
    unknown: forged(unknown),
    wrong: forged(active.slice(0, half)),
    revoked: forged(revoked),
    expired: forged(expired),
    'wrong name': forged(active.slice(half), otherName),
  };
}

async function issueKeys({ gateway, session, username }: ProvenKey): Promise<Keys> {
  await session.call('PATCH', '/v1/settings/security', { maxActiveKeysPerUser: 1_000 });
  const issue = (terms: object): Promise<IssuedKey> =>
    session.call<IssuedKey>('POST', '/v1/me/api-keys', { name: 'timing', ...terms });
  const several = async (count: number, terms: object): Promise<IssuedKey[]> => {
    const keys: IssuedKey[] = [];
    for (let nth = 0; nth < count; nth += 1) keys.push(await issue(terms));
    return keys;
  };
  const expiresAtMs = Date.now() + EXPIRE_AFTER_MS;
  const expired = await several(KEYS_PER_KIND, { expiresAt: new Date(expiresAtMs).toISOString() });
  const active = await several(2 * KEYS_PER_KIND, {});
  const revoked = await several(KEYS_PER_KIND, { expiresAt: new Date(Date.now() + DAY_MS).toISOString() });
  for (const { id } of revoked) await session.call('POST', `/v1/api-keys/${id}/revoke`, { reason: 'UNSPECIFIED' });
  // Whatever was written before this key has reached the gateway when it has.
  await waitUntilAllowed(gateway.url, basic(username, (await issue({})).key));
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, expiresAtMs - Date.now())));
  return { active, expired, revoked };
}

async function aucOf(folder: string, attempts: TimedAttempts): Promise<TimingResult> {
  const file = join(folder, 'attempts.json');
  await writeFile(file, JSON.stringify(attempts), { mode: 0o600 });
  const child = startChild(nodeCommand('bench/timing/timing-process.js', file));
  pin(child.process.pid ?? 0, LOAD_CORE);
  return JSON.parse(await child.line(/^\{/)) as TimingResult;
}
