import { randomBytes } from 'node:crypto';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { NewEvent } from '@keyfold/domain';
import { createPool, PostgresEventStore } from '@keyfold/event-store';
import { feedNames } from '@keyfold/messaging';
import type { Services } from '../stack/services.js';
import { waitFor } from '../stack/services.js';

const EVENTS_PER_CALL = 1000;
const KEYS_PER_USER = 3;
const PHC_START = '$argon2id$v=19$m=19456,t=2,p=1$';

const RELAY_TIMEOUT_MS = 300_000;

/**
 * Appends events until the log has so many records.
 *
 * @param events unless given: users, each with keys of which one is revoked here and there
 */
export async function seedLog(
  databaseUrl: string,
  size: number,
  events: Generator<NewEvent, never> = lifecycles(),
): Promise<void> {
  await withStore(databaseUrl, async (store) => {
    for (let { size: held } = await store.head(); held < size;) {
      const batch = Array.from({ length: Math.min(EVENTS_PER_CALL, size - held) }, () => events.next().value);
      held = await appended(store, batch);
    }
  });
}

/** Appends all of these events. @returns the positions before and of the last one */
export async function appendAll(
  databaseUrl: string,
  events: readonly NewEvent[],
): Promise<{ readonly before: number; readonly last: number }> {
  return withStore(databaseUrl, async (store) => {
    const { size: before } = await store.head();
    let last = before;
    for (let at = 0; at < events.length; at += EVENTS_PER_CALL)
      last = await appended(store, events.slice(at, at + EVENTS_PER_CALL));
    return { before, last };
  });
}

async function withStore<Result>(
  databaseUrl: string,
  work: (store: PostgresEventStore) => Promise<Result>,
): Promise<Result> {
  const pool = createPool({ url: databaseUrl });
  const store = new PostgresEventStore({ pool });
  try {
    return await work(store);
  } finally {
    await store.close();
    await pool.end();
  }
}

async function appended(store: PostgresEventStore, events: NewEvent[]): Promise<number> {
  const outcome = await store.append({ expected: [], events, actor: 'system', correlationId: 'bench' });
  if (outcome.kind !== 'appended') throw new Error(`the log was not seeded: ${outcome.kind}`);
  return outcome.lastPosition;
}

/** Waits until the stream has so many records. */
export async function waitUntilRelayed(services: Services, size: number): Promise<void> {
  const connection = await connect({ servers: services.natsUrl });
  try {
    const { streams } = await jetstreamManager(connection);
    const name = feedNames(services.logKeyId).stream;
    await waitFor('the relay', RELAY_TIMEOUT_MS, async () => (await streams.info(name)).state.last_seq >= size);
  } finally {
    await connection.close();
  }
}

function* lifecycles(): Generator<NewEvent, never> {
  for (let user = 0; ; user += 1) {
    const userId = `bench-${user}`;
    yield event(`user/${userId}`, 'UserCreated', { supervisorId: null }, { username: `user${user}@example.com` });
    for (let nth = 0; nth < KEYS_PER_USER; nth += 1) {
      const stream = `api-key/${user.toString().padStart(16, '0')}${nth.toString().padStart(6, '0')}`;
      yield event(stream, 'ApiKeyIssued', keyData(userId), { secretHash: someHash(), name: `key ${nth}` });
      if (nth === 0 && user % 5 === 0) yield event(stream, 'ApiKeyRevoked', { reason: 'UNSPECIFIED' }, {});
    }
  }
}

function keyData(userId: string): NewEvent['data'] {
  return {
    userId,
    expiry: { days: 90 },
    readOnly: false,
    scopes: ['reports.read'],
    rateLimit: null,
    hint: 'x7Qa',
    predecessorId: null,
  };
}

/** Of the right form, but of no secret: nobody signs in with these. */
function someHash(): string {
  const unpadded = (bytes: number): string => randomBytes(bytes).toString('base64').replace(/=+$/, '');
  return `${PHC_START}${unpadded(16)}$${unpadded(32)}`;
}

function event(stream: string, type: string, data: NewEvent['data'], sealed: NewEvent['sealed']): NewEvent {
  return { stream, type, schemaVersion: 1, data, sealed };
}
