import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { disguises } from '@keyfold/testing/canary';
import { eventually } from '@keyfold/testing/eventually';
import { bodyOf, testKeys } from '@keyfold/testing/feed/feed-harness';
import { useFeedSetup } from '@keyfold/testing/feed/feed-setup';
import { keyClaimed, userCreated, userErased, usersCreated } from '@keyfold/testing/feed/test-events';
import { ForkAlarm } from '../fork/fork-alarm.js';
import { StreamComparison } from '../fork/stream-comparison.js';
import { feedNames, OPENINGS_HEADER } from '../protocol/names.js';
import { LogStream } from '../transport/log-stream.js';
import { StreamAudit } from './stream-audit.js';

const setup = useFeedSetup();
const { stream } = feedNames(testKeys.verifier.keyId);
const NAME = 'rosalind-franklin-canary';
const often = { auditIntervalMs: 100, pollMs: 50 };
const seldom = { auditIntervalMs: 3_600_000, pollMs: 50 };
/** Of the person and of their key. */
const PERSONAL = [1, 4, 5];

/** Somebody, somebody else, and a key of the former. */
function writeHistory(): void {
  const person = userCreated(1);
  setup.log.append({ ...person, sealed: { ...person.sealed, username: NAME } }, ...usersCreated(2, 2));
  setup.log.append(...keyClaimed('k1', 1), ...usersCreated(4, 20));
}

/** As the log does it: record and openings in one transaction. */
function erasePerson(): void {
  const erasure = setup.log.size + 1;
  destroyOpenings(erasure);
  setup.log.append(userErased(1));
}

function destroyOpenings(erasure: number): void {
  setup.log.erase(1, 'username', erasure);
  setup.log.erase(4, 'name', erasure);
  setup.log.erase(5, 'secretHash', erasure);
}

async function withStream<T>(use: (manager: JetStreamManager) => Promise<T>): Promise<T> {
  const connection = await connect({ servers: setup.nats.url });
  try {
    return await use(await jetstreamManager(connection));
  } finally {
    await connection.close();
  }
}

const goneFromStream = (): Promise<void> =>
  withStream((manager) =>
    eventually(async () => {
      const { state } = await manager.streams.info(stream, { deleted_details: true });
      expect([state.last_seq, ...state.deleted].sort((a, b) => a - b)).toEqual([
        // The very first message is not listed: the stream simply begins after it.
        ...PERSONAL.filter((position) => position >= state.first_seq),
        setup.log.size,
      ]);
      expect(state.first_seq).toBe(2);
    }),
  );

/** Files of the broker that hold the name in any form. */
async function filesWithName(): Promise<string[]> {
  const header = Buffer.from(JSON.stringify(NAME)).toString('base64url').slice(4, -4);
  const files = await readdir(setup.nats.storeDir, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const file of files.filter((entry) => entry.isFile())) {
    const text = (await readFile(join(file.parentPath, file.name))).toString('latin1');
    if ([...disguises(NAME), header].some((disguise) => text.includes(disguise))) found.push(file.name);
  }
  return found;
}

describe('an erasure that is published', () => {
  test('takes the messages with the openings out of the stream and of its files, and nothing else', async () => {
    writeHistory();
    const side = await setup.admin(seldom);
    await setup.relayed(side);
    await eventually(async () => {
      expect(await filesWithName()).not.toEqual([]);
    });
    erasePerson();
    await setup.relayed(side);
    await goneFromStream();
    await eventually(async () => {
      expect(await filesWithName()).toEqual([]);
    });
    setup.log.append(...usersCreated(40, 3));
    await setup.relayed(side);
    // A gateway that begins with nothing reads past the holes by refills with proof.
    const follower = setup.gateway({ adminUrl: side.url });
    await setup.caughtUp(follower);
    expect(follower.applied.filter(({ erased }) => erased.length > 0).map(({ record }) => record.position)).toEqual(
      PERSONAL,
    );
  });

  test('is finished by the next relay if one dies between publishing and erasing', async () => {
    writeHistory();
    const first = await setup.admin(seldom);
    setup.log.append(userErased(1));
    await setup.relayed(first);
    await first.stop();
    destroyOpenings(setup.log.size);
    await setup.admin(seldom);
    await goneFromStream();
  });

  test('is finished by the audit of a relay that goes on', async () => {
    writeHistory();
    setup.log.append(userErased(1));
    await setup.relayed(await setup.admin(often));
    destroyOpenings(setup.log.size);
    await goneFromStream();
  });

  test('is read from the log once, however often the stream is looked at', async () => {
    writeHistory();
    const { erasedPositions } = setup.log;
    const readAfter = setup.log.readAfter.bind(setup.log);
    const reads: number[] = [];
    let audits = 0;
    Object.assign(setup.log, {
      // Each audit compares the stream's first messages with the log's.
      readAfter: (position: number, limit: number) => {
        if (position === 0) audits += 1;
        return readAfter(position, limit);
      },
      erasedPositions: async (filter: Parameters<typeof erasedPositions>[0]) => {
        const found = await erasedPositions(filter);
        reads.push(found.length);
        return found;
      },
    });
    const side = await setup.admin(often);
    erasePerson();
    await setup.relayed(side);
    await goneFromStream();
    const before = audits;
    await eventually(() => audits > before + 5);
    setup.log.append(...usersCreated(50, 1));
    await setup.relayed(side);
    expect(reads.reduce((sum, found) => sum + found, 0)).toBe(PERSONAL.length);
  });

  test('is not taken for damage by the audit of another replica that has begun before', async () => {
    writeHistory();
    const side = await setup.admin(seldom);
    setup.log.append(userErased(1));
    await setup.relayed(side);
    await side.stop();
    const connection = await connect({ servers: setup.nats.url });
    const log = await LogStream.open(connection, testKeys.verifier.keyId);
    // Between the audit's look at the stream's state and at its messages.
    const readAfter: typeof setup.log.readAfter = async (...range) => {
      const found = await setup.log.readAfter(...range);
      destroyOpenings(setup.log.size);
      for (const position of PERSONAL) await log.erase(position);
      return found;
    };
    const source = Object.assign(Object.create(setup.log) as typeof setup.log, { readAfter });
    const alarms: string[] = [];
    const note = (_details: object, message: string): void => void alarms.push(message);
    const lines = { info: note, warn: note, error: note };
    const { verifier } = testKeys;
    const comparison = new StreamComparison({ source, verifier, alarm: new ForkAlarm(lines) });
    const audit = new StreamAudit({ source, logKeyId: verifier.keyId, comparison, log: lines });
    expect(await audit.run(log)).toBe(setup.log.size);
    expect(alarms).toEqual([]);
    await connection.close();
    await goneFromStream();
  });

  test('is done by several relays at once, and an old copy of the stream does not bring anything back', async () => {
    writeHistory();
    await Promise.all([setup.admin(often), setup.admin(often)]);
    erasePerson();
    await goneFromStream();
    await withStream(async (manager) => {
      await manager.streams.delete(stream);
      await eventually(async () => {
        expect((await manager.streams.info(stream)).state.last_seq).toBe(setup.log.size);
      });
      for (const seq of PERSONAL) {
        const message = await manager.streams.getMessage(stream, { seq });
        expect(message?.header.get(OPENINGS_HEADER) ?? '').toBe('');
      }
    });
    await goneFromStream();
  });
});

test('a gateway that begins with nothing asks for the erased records alone, and takes all others from the stream', async () => {
  const persons = [600, 1_200, 1_201, 1_800, 2_400];
  setup.log.append(...usersCreated(1, 3_000));
  const side = await setup.admin(seldom);
  await setup.relayed(side);
  for (const person of persons) setup.log.erase(person, 'username', 3_000 + persons.length);
  setup.log.append(...persons.map(userErased));
  await setup.relayed(side);
  await withStream(async (manager) => {
    await eventually(async () => {
      expect((await manager.streams.info(stream)).state.num_deleted).toBe(persons.length);
    });
    // As long as nothing is refilled, the stream alone says what can be applied.
    side.isSilent = true;
    const asked = new Set<string>();
    const answer = side.answer.bind(side);
    side.answer = (way, kind, request) => {
      const { after, limit } = bodyOf(request);
      if (kind === 'refill' && !side.isSilent) asked.add(`${String(limit)} after ${String(after)}`);
      return answer(way, kind, request);
    };
    const follower = setup.gateway({ adminUrl: side.url });
    await eventually(async () => {
      const [consumer] = await manager.consumers.list(stream).next();
      expect(consumer?.delivered.stream_seq).toBe(setup.log.size);
      expect(follower.size).toBe(500);
    });
    side.isSilent = false;
    await setup.caughtUp(follower);
    expect([...asked]).toEqual(['1 after 599', '2 after 1199', '1 after 1799', '1 after 2399']);
  });
});
