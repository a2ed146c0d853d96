import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { NewEvent } from '@keyfold/domain';
import { askingIn, bodyOf, testKeys, type Wire } from '@keyfold/testing/feed/feed-harness';
import { LogWriter, userEvents } from '@keyfold/testing/log-writer';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { event } from '../../../domain/test/test-log.js';
import type { TreeState } from '../ports/log-source.js';
import { openRequest, type Protocol, sealReply } from '../protocol/feed-message.js';
import { type StreamAnswer, StreamClient } from './stream-client.js';

let postgres: TestPostgres;
let writer: LogWriter;
let wire: Wire;
let questions: number;

beforeAll(async () => {
  postgres = await startTestPostgres();
  writer = await LogWriter.start(postgres, undefined);
});
afterAll(async () => {
  await writer.stop();
  await postgres.stop();
});
beforeEach(() => {
  wire = (reply) => reply;
  questions = 0;
});

const client = (protocol: Protocol = 2): StreamClient =>
  new StreamClient({
    requester: askingIn(protocol, async (_purpose, request) => {
      questions++;
      return wire(await writer.admin.answer('http', 'refill', request), request);
    }),
    verifier: testKeys.verifier,
    keys: testKeys.shared,
    gatewayId: 'gateway-1',
    incarnation: 'i-1',
  });

async function ask(
  streams: readonly string[],
  more: { asOf?: number; head?: TreeState; near?: number } = {},
): Promise<StreamAnswer> {
  const head = more.head ?? (await writer.store.head());
  const answer = await client().ask({ streams, asOf: head.size, ...more, head });
  if (answer === null) throw new Error('no answer');
  return answer;
}

const typesOf = (answer: StreamAnswer, stream: string): string[] | undefined =>
  answer.records.get(stream)?.map(({ record }) => record.type);

interface Body {
  nonce: string;
  streams: { statement: string; records: { leaf: string; openings: object; proof: string[] }[]; near: string[] };
  proven: unknown[];
}
/** What one does who has the shared secret, but not the log's key. */
const altered =
  (change: (body: Body) => object): Wire =>
  (reply, request) =>
    sealReply(
      openRequest('refill', request, testKeys.shared),
      change(bodyOf(reply) as unknown as Body),
      testKeys.shared,
    );

describe('the log says of a stream', () => {
  test('all of its records up to a size, and that there are none of one that it does not have', async () => {
    await writer.append(...userEvents('u1', 'una', ['r1']));
    const { size } = await writer.store.head();
    await writer.append(event('user/u1', 'UserDeactivated'));
    const now = await ask(['user/u1', 'user/none']);
    expect(typesOf(now, 'user/u1')).toEqual(['UserCreated', 'RoleGranted', 'UserDeactivated']);
    expect(typesOf(now, 'user/none')).toEqual([]);
    expect(now.records.get('user/u1')?.[0]?.openings).toMatchObject({ username: { value: 'una' } });
    expect(typesOf(await ask(['user/u1'], { asOf: size }), 'user/u1')).toEqual(['UserCreated', 'RoleGranted']);
  });

  test('as much as it takes, in several replies', async () => {
    await writer.append(...userEvents('u2', 'ulf', []));
    const grants: NewEvent[] = Array.from({ length: 700 }, (_, nth) =>
      event('user/u2', 'RoleGranted', { roleId: `role-${nth}` }),
    );
    for (let at = 0; at < grants.length; at += 100) await writer.append(...grants.slice(at, at + 100));
    const answer = await ask(['user/u2', 'settings/none']);
    expect(answer.records.get('user/u2')?.map(({ record }) => record.version)).toEqual(
      Array.from({ length: 701 }, (_, nth) => nth + 1),
    );
    expect(questions).toBeGreaterThan(1);
  });

  test('which streams it has near a position, if that is asked', async () => {
    const [created] = await writer.append(...userEvents('u3', 'uwe', []));
    expect((await ask([], { near: created?.position ?? 0 })).near).toEqual(['user/u3']);
    expect((await ask(['user/u3'])).near).toEqual([]);
  });

  test('values that have been erased, with the proof, and not without', async () => {
    await writer.append(...userEvents('u4', 'ute', []));
    const before = await writer.store.head();
    await writer.erase({ userId: 'u4' });
    const answer = await ask(['user/u4']);
    expect(answer.records.get('user/u4')?.[0]).toMatchObject({ openings: {}, erased: ['username'] });
    await expect(ask(['user/u4'], { head: before })).rejects.toMatchObject({ code: 'MISSING_OPENING' });
    wire = altered((body) => ({ ...body, proven: [] }));
    await expect(ask(['user/u4'])).rejects.toMatchObject({ code: 'MISSING_OPENING' });
  });
});

describe('who knows the shared secret alone', () => {
  beforeAll(async () => {
    await writer.append(...userEvents('u5', 'urs', ['r1']), event('user/u5', 'RoleRevoked', { roleId: 'r1' }));
  });
  const refused = async (change: (body: Body) => object): Promise<void> => {
    wire = altered(change);
    await expect(ask(['user/u5'])).rejects.toMatchObject({ code: 'BAD_REPLY' });
  };

  test('cannot keep the newest record back', async () => {
    await refused((body) => ({ ...body, streams: { ...body.streams, records: body.streams.records.slice(0, -1) } }));
    await refused((body) => ({
      ...body,
      streams: {
        ...body.streams,
        statement: body.streams.statement.replace('["user/u5",3]', '["user/u5",2]'),
        records: body.streams.records.slice(0, -1),
      },
    }));
  });

  test('cannot answer with an older statement, or one of another question', async () => {
    let earlier: Body['streams'] | undefined;
    wire = (reply) => {
      earlier = (bodyOf(reply) as unknown as Body).streams;
      return reply;
    };
    await ask(['user/u5'], { asOf: (await writer.store.head()).size - 1 });
    await writer.append(...userEvents('u6', 'udo', []));
    await refused((body) => ({ ...body, streams: { ...body.streams, ...earlier } }));
  });

  test('cannot change, repeat or move a record, nor take its proof away', async () => {
    await refused((body) => ({ ...body, streams: { ...body.streams, records: body.streams.records.toReversed() } }));
    await refused((body) => ({
      ...body,
      streams: { ...body.streams, records: body.streams.records.map((record) => ({ ...record, proof: [] })) },
    }));
    await refused((body) => ({
      ...body,
      streams: { ...body.streams, records: [body.streams.records[0], ...body.streams.records] },
    }));
  });
});

test('an older admin-service answers the question that it knows: that is no answer', async () => {
  const head = await writer.store.head();
  wire = altered((body) => ({ ...body, streams: undefined }));
  expect(await client().ask({ streams: ['user/u5'], asOf: head.size, head })).toBeNull();
  await expect(client(1).ask({ streams: ['user/u5'], asOf: head.size, head })).rejects.toMatchObject({
    code: 'ADMIN_UNREACHABLE',
  });
});
