import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fastify, { type FastifyInstance } from 'fastify';
import { fastifyOptions, installStandardHeaders } from './fastify-options.js';

let app: FastifyInstance;
beforeAll(async () => {
  app = fastify(fastifyOptions());
  installStandardHeaders(app);
  app.get('/', (request) => ({ id: request.id }));
  await app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => app.close());

/** Sends bytes as they are and gives back everything until the server closes. */
function exchange(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('close', () => {
      resolve(text);
    });
    socket.on('error', reject);
  });
}

test("the request id is the server's own, whatever the client sends", async () => {
  const response = await app.inject({ url: '/', headers: { 'x-request-id': 'forged', 'request-id': 'forged' } });
  expect(response.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  expect(response.json()).toEqual({ id: response.headers['x-request-id'] });
  expect(response.headers['cache-control']).toBe('no-store');
});

test('a path that cannot be read is a 400 that says so', async () => {
  const response = await app.inject({ url: '/%ff' });
  expect(response.statusCode).toBe(400);
  expect(response.json()).toMatchObject({ code: 'INVALID_REQUEST', errors: [{ path: '' }] });
});

test.each([
  [
    'both Content-Length and Transfer-Encoding',
    'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['a space before the colon', 'GET / HTTP/1.1\r\nhost: x\r\nauthorization : Basic eDp5\r\n\r\n'],
  ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
  ['not HTTP at all', '\x16\x03\x01\x02\x00'],
])('%s is answered with 400 and the connection is closed', async (_name, bytes) => {
  const answer = await exchange(bytes);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
});

test('a header block beyond the limit is a 431 problem', async () => {
  const answer = await exchange(`GET / HTTP/1.1\r\nhost: x\r\nauthorization: Basic ${'A'.repeat(82_000)}\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 431 [\s\S]*"code":"HEADERS_TOO_LARGE"/);
});
