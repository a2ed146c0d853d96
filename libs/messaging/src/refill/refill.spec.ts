import { beforeEach, describe, expect, test } from '@jest/globals';
import { Frontier } from '@keyfold/domain';
import { askingIn, bodyOf, TestAdmin, testKeys, type Wire } from '../../../../test/support/feed/feed-harness.js';
import { MemoryLog } from '../../../../test/support/feed/memory-log.js';
import { keyClaimed, userCreated, userErased, usersCreated } from '../../../../test/support/feed/test-events.js';
import type { VerifiedBatch } from '../follow/verified-batch.js';
import type { TreeState } from '../heads/checkpoint-signer.js';
import { openRequest, sealReply, sealRequest } from '../feed-message.js';
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

const refills = (): RefillClient =>
  new RefillClient({
    requester: askingIn(2, async (_purpose, request) => {
      const reply = wire(await side.answer('http', 'refill', request), request);
      replies.push(bodyOf(reply) as (typeof replies)[0]);
      return reply;
    }),
    verifier: testKeys.verifier,
    keys: testKeys.shared,
    gatewayId: 'gateway-1',
    incarnation: 'i-1',
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
