import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { jetstreamManager, type StreamInfo } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { freePort, type LocalNats, startNats } from '@keyfold/local-servers';
import { eventually } from '@keyfold/testing/eventually';
import { testKeys } from '@keyfold/testing/feed/feed-harness';
import { useFeedSetup } from '@keyfold/testing/feed/feed-setup';
import { usersCreated } from '@keyfold/testing/feed/test-events';
import { feedNames } from '../protocol/names.js';

const MEGABYTE = 1024 * 1024;

const setup = useFeedSetup();
const { stream } = feedNames(testKeys.verifier.keyId);
let storeDir: string;
let server: LocalNats;

// As hosted NATS and many operators run it: an account with limits, in which every stream must have a size.
beforeEach(async () => {
  storeDir = await mkdtemp(join(tmpdir(), 'keyfold-nats-'));
  const port = await freePort();
  const configFile = join(storeDir, 'nats.conf');
  await writeFile(
    configFile,
    `host: 127.0.0.1
port: ${port}
jetstream { store_dir: ${JSON.stringify(storeDir)} }
no_auth_user: keyfold
accounts {
  KEYFOLD {
    users: [{ user: keyfold, password: keyfold }]
    jetstream { max_file: ${20 * MEGABYTE}, max_mem: 0, max_bytes_required: true }
  }
}
`,
  );
  server = await startNats({ storeDir, port, configFile });
});
afterEach(async () => {
  await server.stop();
  await rm(storeDir, { recursive: true, force: true });
});

async function streamInfo(): Promise<StreamInfo> {
  const connection = await connect({ servers: server.url });
  try {
    return await (await jetstreamManager(connection)).streams.info(stream);
  } finally {
    await connection.close();
  }
}

test('an account that demands a size: an error names the setting once, and gateways are fed over HTTP', async () => {
  setup.log.append(...usersCreated(1, 50));
  const side = await setup.admin({ natsUrl: server.url });
  await eventually(() => {
    expect(side.relay.status).toMatchObject({
      state: 'failing',
      lastError: expect.stringMatching(/max_bytes_required.*KEYFOLD_NATS_STREAM_MAX_BYTES/) as unknown,
    });
  });
  const follower = setup.gateway({ natsUrl: server.url, adminUrl: side.url });
  await setup.caughtUp(follower);
  setup.log.append(...usersCreated(100, 5));
  await setup.caughtUp(follower);
  const errors = side.log.lines.filter(({ level }) => level !== 'info');
  expect(errors).toMatchObject([
    { level: 'error', message: 'the broker refuses the stream: gateways get records from the admin-service instead' },
  ]);
});

test('with a size the stream is made, and the log relayed', async () => {
  setup.log.append(...usersCreated(1, 50));
  const side = await setup.admin({ natsUrl: server.url, streamMaxBytes: 10 * MEGABYTE });
  await setup.relayed(side);
  expect((await streamInfo()).config).toMatchObject({ max_bytes: 10 * MEGABYTE, discard: 'new' });
  await setup.caughtUp(setup.gateway({ natsUrl: server.url, adminUrl: undefined }));
});

test('a size beyond the account is an error that says so', async () => {
  const side = await setup.admin({ natsUrl: server.url, streamMaxBytes: 100 * MEGABYTE });
  await eventually(() => {
    expect(side.relay.status.lastError).toMatch(/no room left.*lower KEYFOLD_NATS_STREAM_MAX_BYTES/);
  });
});

test('a full stream keeps what it has, an error names the setting, and gateways get the rest over HTTP', async () => {
  setup.log.append(...usersCreated(1, 400));
  const side = await setup.admin({ natsUrl: server.url, streamMaxBytes: 65_536 });
  await eventually(() => {
    expect(side.relay.status.lastError).toMatch(/the stream is full: raise KEYFOLD_NATS_STREAM_MAX_BYTES/);
  });
  const { state } = await streamInfo();
  expect(state.first_seq).toBe(1);
  expect(state.messages).toBeGreaterThan(0);
  expect(state.messages).toBeLessThan(400);
  await setup.caughtUp(setup.gateway({ natsUrl: server.url, adminUrl: side.url }));
});
