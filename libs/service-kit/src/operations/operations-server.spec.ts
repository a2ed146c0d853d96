import { connect } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { Counter, Registry } from 'prom-client';
import { createLogger } from '../logging/logger.js';
import { type OperationsServer, type Readiness, startOperationsServer } from './operations-server.js';

let server: OperationsServer | undefined;
afterEach(async () => {
  await server?.close();
});

async function start(readiness: () => Promise<Readiness>, registry = new Registry()): Promise<string> {
  server = await startOperationsServer({
    host: '127.0.0.1',
    port: 0,
    readiness,
    registry,
    logger: createLogger({ service: 'test', level: 'silent' }),
  });
  return `http://127.0.0.1:${server.port}`;
}

test('/readyz answers 503 and says what is not ready, 200 once it is', async () => {
  let ok = false;
  const base = await start(() => Promise.resolve({ ready: ok, checks: { database: { ok, detail: 'connecting' } } }));
  const before = await fetch(`${base}/readyz`);
  expect([before.status, await before.json()]).toEqual([
    503,
    { status: 'not-ready', checks: { database: { ok: false, detail: 'connecting' } } },
  ]);
  ok = true;
  expect((await fetch(`${base}/readyz?verbose`)).status).toBe(200);
});

test('a readiness check that throws is "not ready" without its error text, and the process still lives', async () => {
  const base = await start(() => Promise.reject(new Error('password=CANARY')));
  const response = await fetch(`${base}/readyz`);
  expect(response.status).toBe(503);
  expect(await response.text()).not.toContain('CANARY');
  expect((await fetch(`${base}/livez`)).status).toBe(200);
});

test('/metrics is Prometheus text, other paths and methods are 404', async () => {
  const registry = new Registry();
  new Counter({ name: 'keyfold_test_total', help: 'A test.', registers: [registry] }).inc(3);
  const base = await start(() => Promise.resolve({ ready: true, checks: {} }), registry);
  expect(await (await fetch(`${base}/metrics`)).text()).toContain('keyfold_test_total 3');
  expect((await fetch(`${base}/livez`, { method: 'POST' })).status).toBe(404);
  expect((await fetch(`${base}/anything`)).status).toBe(404);
});

test('every answer has an id and is not stored; CONNECT and TRACE are 405', async () => {
  const base = await start(() => Promise.resolve({ ready: false, checks: {} }));
  for (const path of ['/livez', '/readyz', '/metrics', '/none']) {
    const { headers } = await fetch(base + path);
    expect([path, headers.get('x-request-id'), headers.get('cache-control')]).toEqual([
      path,
      expect.stringMatching(/^[0-9a-f-]{36}$/),
      'no-store',
    ]);
  }
  for (const line of ['TRACE /livez', 'CONNECT x:443']) {
    const text = await conversation(base, `${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(text).toMatch(/^HTTP\/1\.1 405 /);
    expect(text.toLowerCase()).toMatch(/\r\nx-request-id: [0-9a-f-]{36}\r\n/);
  }
});

function conversation(base: string, sent: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(new URL(base).port), '127.0.0.1', () => socket.write(sent));
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('error', reject);
    socket.on('close', () => {
      resolve(text);
    });
  });
}
