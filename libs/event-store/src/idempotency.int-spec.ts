import { expect, test } from '@jest/globals';
import { logOfEachTest, testAppend, testEvent } from '../../../test/support/event-log.js';
import {
  claimIdempotencyKey,
  cleanIdempotencyKeys,
  completeIdempotencyKey,
  releaseIdempotencyKey,
  type AppendOutcome,
} from './index.js';

const log = logOfEachTest();

const claim = { actor: 'user/1', key: 'the key', fingerprints: ['POST /v1/users {}'] };

function appendWithKey(stream = 'user/2'): Promise<AppendOutcome> {
  return log.store.append(
    testAppend([testEvent(stream)], {
      idempotency: {
        actor: claim.actor,
        key: claim.key,
        complete: ({ lastPosition }) => ({ status: 201, body: { id: stream, position: lastPosition } }),
      },
    }),
  );
}

async function ageClaim(interval: string): Promise<void> {
  await log.asOwner(
    `update keyfold.idempotency_keys
     set claimed_at = claimed_at - $1::interval, completed_at = completed_at - $1::interval`,
    [interval],
  );
}

test('the answer is remembered by the commit that appends', async () => {
  expect(await claimIdempotencyKey(log.pool, claim)).toEqual({ kind: 'claimed' });
  expect(await claimIdempotencyKey(log.pool, claim)).toEqual({ kind: 'in-use' });
  await appendWithKey();
  expect(await claimIdempotencyKey(log.pool, claim)).toEqual({
    kind: 'replay',
    status: 201,
    body: { id: 'user/2', position: 1 },
  });
});

test('another request under the same key is told so, before and after the first is answered', async () => {
  const other = { ...claim, fingerprints: ['POST /v1/roles {}'] };
  await claimIdempotencyKey(log.pool, claim);
  expect(await claimIdempotencyKey(log.pool, other)).toEqual({ kind: 'reused' });
  await appendWithKey();
  expect(await claimIdempotencyKey(log.pool, other)).toEqual({ kind: 'reused' });
});

test('keys belong to their actor', async () => {
  await claimIdempotencyKey(log.pool, claim);
  expect(await claimIdempotencyKey(log.pool, { ...claim, actor: 'user/9' })).toEqual({ kind: 'claimed' });
});

test('a released key can be used again; an answered one cannot be released', async () => {
  await claimIdempotencyKey(log.pool, claim);
  await releaseIdempotencyKey(log.pool, claim);
  expect(await claimIdempotencyKey(log.pool, claim)).toEqual({ kind: 'claimed' });
  await appendWithKey();
  await releaseIdempotencyKey(log.pool, claim);
  expect((await claimIdempotencyKey(log.pool, claim)).kind).toBe('replay');
});

test('a refused or conflicting append leaves the claim open', async () => {
  await claimIdempotencyKey(log.pool, claim);
  const request = { idempotency: { actor: claim.actor, key: claim.key, complete: () => ({ status: 201, body: {} }) } };
  const conflict = await log.store.append(
    testAppend([testEvent('user/2')], { ...request, expected: [{ stream: 'user/2', version: 7 }] }),
  );
  expect(conflict.kind).toBe('version-conflict');
  expect((await claimIdempotencyKey(log.pool, claim)).kind).toBe('in-use');
});

test('of two requests that hold one claim, after it expired, only one appends', async () => {
  await claimIdempotencyKey(log.pool, claim);
  await ageClaim('1 minute');
  expect(await claimIdempotencyKey(log.pool, claim)).toEqual({ kind: 'claimed' });
  const outcomes = await Promise.all([appendWithKey('user/2'), appendWithKey('user/3')]);
  expect(outcomes[0].kind).toBe('appended');
  expect(outcomes[1]).toMatchObject({ kind: 'refused', error: { code: 'IDEMPOTENCY_KEY_IN_USE' } });
  expect(await appendWithKey('user/4')).toMatchObject({ kind: 'refused' });
  expect((await log.store.head()).size).toBe(1);
});

test('a write that changes nothing is remembered too, through the append or without it', async () => {
  await claimIdempotencyKey(log.pool, claim);
  await log.store.append(
    testAppend([], {
      idempotency: {
        actor: claim.actor,
        key: claim.key,
        complete: ({ lastPosition, records }) => ({ status: 200, body: { lastPosition, written: records.length } }),
      },
    }),
  );
  expect(await claimIdempotencyKey(log.pool, claim)).toMatchObject({ body: { lastPosition: 0, written: 0 } });
  const second = { ...claim, key: 'another' };
  await claimIdempotencyKey(log.pool, second);
  await completeIdempotencyKey(log.pool, second, { status: 200, body: { ok: true } });
  expect(await claimIdempotencyKey(log.pool, second)).toEqual({ kind: 'replay', status: 200, body: { ok: true } });
});

test('only 2xx answers can be remembered', async () => {
  await claimIdempotencyKey(log.pool, claim);
  const refusal = completeIdempotencyKey(log.pool, claim, { status: 409, body: {} });
  await expect(refusal).rejects.toMatchObject({ constraint: 'idempotency_keys_only_success' });
});

test('answers are kept for a day at least and cleaned away later; claims are not cleaned', async () => {
  await claimIdempotencyKey(log.pool, claim);
  await appendWithKey();
  await claimIdempotencyKey(log.pool, { ...claim, key: 'open' });
  await ageClaim('25 hours');
  expect(await cleanIdempotencyKeys(log.pool)).toBe(0);
  expect((await claimIdempotencyKey(log.pool, claim)).kind).toBe('replay');
  await ageClaim('25 hours');
  expect(await cleanIdempotencyKeys(log.pool)).toBe(1);
  expect(await claimIdempotencyKey(log.pool, claim)).toEqual({ kind: 'claimed' });
});
