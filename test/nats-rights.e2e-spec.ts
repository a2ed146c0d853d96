import 'reflect-metadata';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { natsUsers } from '../apps/local-stack/src/nats-users.js';
import { type GatewayWorld, startGatewayWorld } from './support/gateway-world.js';

let world: GatewayWorld;
let clients: NatsConnection[];

beforeAll(async () => {
  const passwords = { natsAdmin: 'admin-service-password', natsGateway: 'auth-gateway-password' };
  const [admin, gateway] = natsUsers({ ...passwords, databaseOwner: '', databaseService: '', databaseGateway: '' });
  if (admin === undefined || gateway === undefined) throw new Error('two users are expected');
  world = await startGatewayWorld([admin, gateway]);
  clients = await Promise.all(
    [admin, gateway].map(({ password: pass, user }) =>
      connect({ servers: `127.0.0.1:${world.nats.port}`, user, pass }),
    ),
  );
});

afterAll(async () => {
  for (const client of clients) await client.close();
  await world.stop();
});

test('with the rights of the shipped brokers a gateway follows the log and answers keyfold.verify', async () => {
  const running = await world.gateway({ adminInternalUrl: 'http://127.0.0.1:9' });
  const key = await world.writer.issue(world.anna);
  await world.caughtUp(running);
  for (const client of clients) {
    const body = JSON.stringify({ username: 'anna', key: key.key });
    const answer = await client.request('keyfold.verify', body, { timeout: 10_000 });
    expect(answer.json()).toMatchObject({ allowed: true, user: { username: 'anna' } });
  }
});
