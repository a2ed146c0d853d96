import { expect, test } from '@jest/globals';
import { logOfEachTest, testAppend, testEvent } from '@keyfold/testing/event-log';
import {
  type AppendOutcome,
  claimIdempotencyKey,
  cleanIdempotencyKeys,
  completeIdempotencyKey,
  type HeldClaim,
  type IdempotencyClaim,
  releaseIdempotencyKey,
} from './index.js';

const log = logOfEachTest();

const claim = { actor: 'user/1', key: 'the key', fingerprints: ['POST /v1/users {}'] };

/** Claims the key as a request does that must get it. */
async function claimed(request: IdempotencyClaim = claim): Promise<HeldClaim> {
  const outcome = await claimIdempotencyKey(log.pool, request);
  if (outcome.kind !== 'claimed') throw new Error(`the claim ended as ${outcome.kind}`);
  return outcome.claim;
}

function appendWithKey(held: HeldClaim, stream = 'user/2'): Promise<AppendOutcome> {
  return log.store.append(
    testAppend([testEvent(stream)], {
      idempotency: {
        ...held,
        complete: ({ lastPosition }) => ({ status: 201, body: { id: stream, position: lastPosition } }),
      },
    }),
  );
}

const HOUR = 3_600;

async function ageClaims(seconds: number): Promise<void> {
  await log.asOwner(
    `update keyfold.idempotency_keys
     set claimed_at = claimed_at - make_interval(secs => $1::integer),
       completed_at = completed_at - make_interval(secs => $1::integer)`,
    [seconds],
  );
}

/** The claim, made a minute ago: longer than it keeps others away. */
async function claimedAMinuteAgo(request: IdempotencyClaim = claim): Promise<HeldClaim> {
  const { token, ...held } = await claimed(request);
  await ageClaims(60);
  return { ...held, token: String(BigInt(token) - 60_000_000n) };
}

test('the answer is remembered by the commit that appends', async () => {
  const held = await claimed();
  expect(await claimIdempotencyKey(log.pool, claim)).toEqual({ kind: 'in-use' });
  await appendWithKey(held);
  expect(await claimIdempotencyKey(log.pool, claim)).toEqual({
    kind: 'replay',
    status: 201,
    body: { id: 'user/2', position: 1 },
  });
});

test('another request under the same key is told so, before and after the first is answered', async () => {
  const other = { ...claim, fingerprints: ['POST /v1/roles {}'] };
  const held = await claimed();
  expect(await claimIdempotencyKey(log.pool, other)).toEqual({ kind: 'reused' });
  await appendWithKey(held);
  expect(await claimIdempotencyKey(log.pool, other)).toEqual({ kind: 'reused' });
});

test('keys belong to their actor', async () => {
  await claimed();
  await claimed({ ...claim, actor: 'user/9' });
});

test('a released key can be used again; an answered one cannot be released', async () => {
  await releaseIdempotencyKey(log.pool, await claimed());
  const held = await claimed();
  await appendWithKey(held);
  await releaseIdempotencyKey(log.pool, held);
  expect((await claimIdempotencyKey(log.pool, claim)).kind).toBe('replay');
});

test('a refused or conflicting append leaves the claim open', async () => {
  const idempotency = { ...(await claimed()), complete: () => ({ status: 201, body: {} }) };
  const conflict = await log.store.append(
    testAppend([testEvent('user/2')], { idempotency, expected: [{ stream: 'user/2', version: 7 }] }),
  );
  expect(conflict.kind).toBe('version-conflict');
  expect((await claimIdempotencyKey(log.pool, claim)).kind).toBe('in-use');
});

test('of two requests that hold one claim, after it expired, only the later one appends', async () => {
  const first = await claimedAMinuteAgo();
  const second = await claimed();
  const outcomes = await Promise.all([appendWithKey(first, 'user/2'), appendWithKey(second, 'user/3')]);
  expect(outcomes[0]).toMatchObject({ kind: 'refused', error: { code: 'IDEMPOTENCY_KEY_IN_USE' } });
  expect(outcomes[1].kind).toBe('appended');
  expect(await appendWithKey(second, 'user/4')).toMatchObject({ kind: 'refused' });
  expect((await log.store.head()).size).toBe(1);
});

test('an expired claim is taken over by the same request alone, also while the secret of the fingerprints changes', async () => {
  const other = { ...claim, fingerprints: ['POST /v1/roles {}'] };
  const held = await claimedAMinuteAgo();
  expect(await claimIdempotencyKey(log.pool, other)).toEqual({ kind: 'reused' });
  // The first request was only slow: its answer is that of its own fingerprint.
  expect((await appendWithKey(held)).kind).toBe('appended');
  expect(await claimIdempotencyKey(log.pool, other)).toEqual({ kind: 'reused' });
  expect(await claimIdempotencyKey(log.pool, claim)).toMatchObject({ kind: 'replay', body: { id: 'user/2' } });
  const slow = { ...claim, key: 'slow' };
  await claimedAMinuteAgo(slow);
  await claimed({ ...slow, fingerprints: ['under the new secret', ...slow.fingerprints] });
});

test('who has lost a claim can neither release nor complete it', async () => {
  const lost = await claimedAMinuteAgo();
  const held = await claimed();
  await releaseIdempotencyKey(log.pool, lost);
  await completeIdempotencyKey(log.pool, lost, { status: 200, body: {} });
  expect(await claimIdempotencyKey(log.pool, claim)).toEqual({ kind: 'in-use' });
  expect((await appendWithKey(held)).kind).toBe('appended');
});

test('a write that changes nothing is remembered too, through the append or without it', async () => {
  const held = await claimed();
  await log.store.append(
    testAppend([], {
      idempotency: {
        ...held,
        complete: ({ lastPosition, records }) => ({ status: 200, body: { lastPosition, written: records.length } }),
      },
    }),
  );
  expect(await claimIdempotencyKey(log.pool, claim)).toMatchObject({ body: { lastPosition: 0, written: 0 } });
  const second = { ...claim, key: 'another' };
  await completeIdempotencyKey(log.pool, await claimed(second), { status: 200, body: { ok: true } });
  expect(await claimIdempotencyKey(log.pool, second)).toEqual({ kind: 'replay', status: 200, body: { ok: true } });
});

test('only 2xx answers can be remembered', async () => {
  const refusal = completeIdempotencyKey(log.pool, await claimed(), { status: 409, body: {} });
  await expect(refusal).rejects.toMatchObject({ constraint: 'idempotency_keys_only_success' });
});

test('answers are kept for a day at least and cleaned away later', async () => {
  await appendWithKey(await claimed());
  await ageClaims(25 * HOUR);
  expect(await cleanIdempotencyKeys(log.pool)).toBe(0);
  expect((await claimIdempotencyKey(log.pool, claim)).kind).toBe('replay');
  await ageClaims(25 * HOUR);
  expect(await cleanIdempotencyKeys(log.pool)).toBe(1);
  await claimed();
});

test('claims of requests that nobody finished are cleaned away, those of running ones are not', async () => {
  for (let n = 0; n < 20; n += 1) await claimed({ ...claim, key: `abandoned ${n}` });
  await ageClaims(HOUR + 60);
  const held = await claimed({ ...claim, key: 'running' });
  expect(await cleanIdempotencyKeys(log.pool)).toBe(20);
  expect(await cleanIdempotencyKeys(log.pool)).toBe(0);
  expect((await appendWithKey(held)).kind).toBe('appended');
});
