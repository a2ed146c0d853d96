import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import fastify, { type FastifyInstance } from 'fastify';
import { eventually } from '@keyfold/testing/eventually';
import { installDraining } from './draining.js';

interface Listening {
  readonly server: FastifyInstance;
  /** A connection to it, from both ends. */
  readonly client: Socket;
  readonly accepted: Socket;
  /** Resolves once an answer is waited for. */
  readonly asked: Promise<void>;
  readonly answer: () => void;
}

async function listening(longestAnswerMs?: number): Promise<Listening> {
  const asked = Promise.withResolvers<undefined>();
  const gate = Promise.withResolvers<undefined>();
  const server = fastify();
  installDraining(server, longestAnswerMs);
  server.get('/', async () => {
    asked.resolve(undefined);
    await gate.promise;
    return 'answered';
  });
  await server.listen({ port: 0, host: '127.0.0.1' });
  const connected = once(server.server, 'connection') as Promise<[Socket]>;
  const client = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
  const [accepted] = await connected;
  const answer = (): void => {
    gate.resolve(undefined);
  };
  return { server, client, accepted, asked: asked.promise, answer };
}

test('a server that is closed answers what is under way and ends, though the client would keep the connection', async () => {
  const { accepted, answer, asked, client, server } = await listening();
  let text = '';
  client.on('data', (chunk) => (text += chunk.toString()));
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await asked;
  const closed = server.close();
  await eventually(() => !server.server.listening);
  answer();
  await closed;
  await eventually(() => client.closed && accepted.closed);
  expect(text).toMatch(/^HTTP\/1\.1 200 [\s\S]*answered$/);
});

test('half a request does not keep a server open for ever', async () => {
  const { accepted, client, server } = await listening(200);
  client.write('GET / HTTP/1.1\r\n');
  await eventually(() => accepted.bytesRead > 0);
  await server.close();
  await eventually(() => client.closed);
});
