import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { Frontier } from '@keyfold/domain';
import { askingIn, bodyOf, TestAdmin, testKeys, type Wire } from '@keyfold/testing/feed/feed-harness';
import { MemoryLog } from '@keyfold/testing/feed/memory-log';
import { keyClaimed, userCreated, userErased, usersCreated } from '@keyfold/testing/feed/test-events';
import type { TreeState } from '../ports/log-source.js';
import { openRequest, type Protocol, PROTOCOLS, sealReply, sealRequest } from '../protocol/feed-message.js';
import type { FeedPosition, VerifiedBatch } from '../verify/verified-batch.js';
import { RefillClient } from './refill-client.js';

let log: MemoryLog;
let side: TestAdmin;
let head: TreeState | null;
let wire: Wire;
let replies: { proven: unknown[]; records: unknown[] }[];

beforeEach(() => {
  log = new MemoryLog();
  side = new TestAdmin(log, { natsUrl: undefined });
  head = null;
  wire = (reply) => reply;
  replies = [];
});

const identity = {
  verifier: testKeys.verifier,
  keys: testKeys.shared,
  gatewayId: 'gateway-1',
  incarnation: 'i-1',
};
const refills = (): RefillClient =>
  new RefillClient({
    requester: askingIn(2, async (_purpose, request) => {
      const reply = wire(await side.answer('http', 'refill', request), request);
      replies.push(bodyOf(reply) as (typeof replies)[0]);
      return reply;
    }),
    ...identity,
    head: () => head,
  });

type ReplyBody = { nonce: string; records: { leaf: string }[]; proven: { proof: string[] }[] };
/** What one does who has the shared secret but not the log's key. */
const altered =
  (change: (body: ReplyBody) => object): Wire =>
  (reply, request) =>
    sealReply(openRequest('refill', request, testKeys.shared), change(bodyOf(reply) as ReplyBody), testKeys.shared);

const start = { size: 0, frontier: Frontier.empty() };
const fromStart = (through: number): Promise<VerifiedBatch | null> => refills().refill(start, { held: [], through });

describe('a refill', () => {
  test('brings the records asked for, verified, and at most 500', async () => {
    log.append(...usersCreated(1, 700));
    const some = await fromStart(7);
    expect(some?.records.map(({ record }) => record.position)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(some?.frontier.root()).toEqual(await log.rootAt(7));
    expect((await fromStart(700))?.records).toHaveLength(500);
  });

  test('brings fewer where they would not fit into a message', async () => {
    const long = { stream: 'audit/1', type: 'Long', data: { text: 'x'.repeat(60_000) } };
    log.append(...Array.from({ length: 20 }, () => long));
    const batch = await fromStart(20);
    expect(batch?.records.length).toBeGreaterThan(0);
    expect(batch?.records.length).toBeLessThan(20);
  });

  test('brings nothing where the log has nothing more', async () => {
    expect(await fromStart(5)).toBeNull();
  });

  test('that is empty although the signed head says otherwise is refused', async () => {
    log.append(...usersCreated(1, 3));
    head = await log.head();
    wire = altered((body) => ({ ...body, records: [], checkpoint: null, proven: [] }));
    await expect(fromStart(3)).rejects.toMatchObject({ code: 'BAD_REPLY' });
  });

  test('that answers another request, or was altered, is refused', async () => {
    log.append(...usersCreated(1, 3));
    wire = altered((body) => ({ ...body, nonce: 'another' }));
    await expect(fromStart(3)).rejects.toMatchObject({ code: 'BAD_REPLY' });
    wire = (reply) => reply.replace(/leaf/, 'Leaf');
    await expect(fromStart(3)).rejects.toMatchObject({ code: 'BAD_REPLY' });
    wire = altered((body) => ({ ...body, records: body.records.toReversed() }));
    await expect(fromStart(3)).rejects.toMatchObject({ code: 'BAD_ROOT' });
  });

  test('that is asked for without the shared secret is not answered', async () => {
    log.append(...usersCreated(1, 3));
    const request = { gatewayId: 'g', incarnation: 'i', nonce: 'n'.repeat(24), after: 0, limit: 3, headSize: null };
    const reply = await side.answer(
      'http',
      'refill',
      sealRequest('refill', request, { protocol: 2, keys: testKeys.otherShared }).text,
    );
    expect(JSON.parse(reply)).toEqual({ error: { code: 'NOT_AUTHENTICATED' } });
  });
});

describe('an opening that was erased', () => {
  beforeEach(async () => {
    log.append(userCreated(1), userCreated(2), ...keyClaimed('k1', 1), ...keyClaimed('k2', 2), userErased(1));
    head = await log.head();
    log.erase(1, 'username');
    log.erase(3, 'name');
    log.erase(4, 'secretHash');
  });

  test("may be missing where the erasure of the user concerned is proven, of the user's keys too", async () => {
    const batch = await fromStart(7);
    expect(batch?.records.map(({ erased }) => erased)).toEqual([
      ['username'],
      [],
      ['name'],
      ['secretHash'],
      [],
      [],
      [],
    ]);
    // The erasure, and the record that says whose the claimed key is.
    expect(replies[0]?.proven).toHaveLength(2);
  });

  test('may not be missing before the gateway knows a head that holds the erasure', async () => {
    head = { size: 6, root: await log.rootAt(6) };
    await expect(fromStart(4)).rejects.toMatchObject({ code: 'MISSING_OPENING' });
    head = null;
    await expect(fromStart(4)).rejects.toMatchObject({ code: 'MISSING_OPENING' });
  });

  test('of another user may not be missing', async () => {
    log.erase(2, 'username');
    await expect(fromStart(7)).rejects.toMatchObject({ code: 'MISSING_OPENING' });
  });

  test('may not be missing without a proof, nor with one that fails', async () => {
    wire = altered((body) => ({ ...body, proven: [] }));
    await expect(fromStart(7)).rejects.toMatchObject({ code: 'MISSING_OPENING' });
    wire = altered((body) => {
      for (const { proof } of body.proven) proof[0] = Buffer.alloc(32, 9).toString('base64');
      return body;
    });
    await expect(fromStart(7)).rejects.toMatchObject({ code: 'BAD_REPLY' });
  });

  test('may not be missing on the ground of an erasure that came before it', async () => {
    log.append(userCreated(1));
    head = await log.head();
    log.erase(8, 'username');
    await expect(fromStart(8)).rejects.toMatchObject({ code: 'MISSING_OPENING' });
  });
});

describe('a refill of erased records', () => {
  const PERSONS = 300;
  beforeEach(async () => {
    const persons = Array.from({ length: PERSONS }, (_, nth) => nth + 1);
    const keys = persons.map((person) => keyClaimed(`k${person}`, person));
    // Each claim needs two proofs: that its owner is erased, and whose the key is.
    log.append(...keys.flatMap(([promised]) => promised ?? []), ...keys.flatMap(([, claimed]) => claimed ?? []));
    for (const person of persons) {
      log.erase(person, 'name', log.size + person);
      log.erase(PERSONS + person, 'secretHash', log.size + person);
    }
    log.append(...persons.map(userErased));
    head = await log.head();
  });
  const ask = (after: number, protocol: Protocol, maxReplyBytes?: number): Promise<string> => {
    const headSize = head?.size ?? 0;
    const request = { gatewayId: 'g', incarnation: 'i', nonce: 'n'.repeat(24), after, limit: 500, headSize };
    const { text } = sealRequest('refill', request, { protocol, keys: testKeys.shared });
    return side.refills.answer(text, maxReplyBytes);
  };

  test('fits into a message with its proofs, whatever size of message is allowed', async () => {
    const sizes = fc.integer({ min: 40_000, max: 600_000 });
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat({ max: PERSONS }), fc.constantFrom(...PROTOCOLS), async (most, after, form) => {
        const reply = await ask(after, form, most);
        expect(Buffer.byteLength(reply)).toBeLessThanOrEqual(most);
        expect((bodyOf(reply)['records'] as unknown[]).length).toBeGreaterThan(0);
      }),
      { numRuns: 30 },
    );
  });

  test('reads and proves no more than it sends, a batch at a time', async () => {
    const [reads, proofs] = [jest.spyOn(log, 'readStreams'), jest.spyOn(log, 'inclusionProofs')];
    const reply = bodyOf(await ask(PERSONS, 2, 150_000));
    const sent = (reply['records'] as unknown[]).length;
    const batches = Math.ceil((sent + 1) / 100);
    // The keys' streams and the users', and all proofs of a batch at once.
    expect([reads.mock.calls.length, proofs.mock.calls.length]).toEqual([2 * batches, batches]);
    expect(sent).toBeLessThan(PERSONS);
  });

  test('of which not even one fits is an error that says so', async () => {
    log.append({ stream: 'audit/1', type: 'Long', data: { text: 'x'.repeat(60_000) } });
    await expect(ask(log.size - 1, 2, 65_536)).rejects.toThrow(/the refill of record 901 takes \d+ bytes/);
  });

  test('brings the whole log, each part verified', async () => {
    let position: FeedPosition = start;
    while (position.size < log.size) {
      const batch = await refills().refill(position, { held: [], through: log.size });
      if (batch === null) throw new Error('the log has more');
      position = { size: batch.frontier.size, frontier: batch.frontier };
    }
    expect(position.frontier.root()).toEqual(await log.rootAt(log.size));
  });
});

test('after a failure fewer records are asked for, down to one, and after each success more again', async () => {
  log.append(...usersCreated(1, 2_000));
  let most = 60;
  const limits: number[] = [];
  const requester = askingIn(2, async (_purpose, request) => {
    const limit = Number(bodyOf(request)['limit']);
    limits.push(limit);
    if (limit > most) throw new Error('no reply in time');
    return side.answer('http', 'refill', request);
  });
  const client = new RefillClient({ ...identity, requester, head: () => head });
  const wanted = { held: [], through: 2_000 };
  for (let failed = 0; failed < 4; failed++) await client.refill(start, wanted).catch(() => undefined);
  expect((await client.refill(start, wanted))?.records).toHaveLength(31);
  most = 0;
  for (let failed = 0; failed < 8; failed++) await client.refill(start, wanted).catch(() => undefined);
  most = 2_000;
  for (let done = 0; done < 11; done++) await client.refill(start, wanted);
  expect(limits).toEqual([
    500, 250, 125, 62, 31, 62, 31, 15, 7, 3, 1, 1, 1, 1, 2, 4, 8, 16, 32, 64, 128, 256, 500, 500,
  ]);
});
