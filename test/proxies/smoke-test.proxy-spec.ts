import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { CHALLENGE } from './guarantees/setting.js';
import { smokeTest } from './smoke-test.js';

const KEY = 'kf_a-key.that_is_right';
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/x?y=1`;
}

const isRight = (authorization: string | undefined): boolean =>
  authorization === `Basic ${Buffer.from(`dana:${KEY}`).toString('base64')}`;

const asItShouldBe: RequestListener = ({ headers }, response) => {
  if (isRight(headers.authorization)) response.end('ok');
  else response.writeHead(401, { 'WWW-Authenticate': CHALLENGE }).end();
};

test.each<[string, RequestListener]>([
  ['lets everybody in', (_request, response) => response.end('ok')],
  [
    'has a page for 401 that goes out as 200',
    ({ headers }, response) => response.writeHead(isRight(headers.authorization) ? 204 : 200).end(),
  ],
  [
    'does not say that one may sign in',
    ({ headers }, response) => response.writeHead(isRight(headers.authorization) ? 200 : 401).end(),
  ],
  [
    'believes identity headers',
    (request, response) => {
      if (request.headers['remote-user'] === undefined) asItShouldBe(request, response);
      else response.end('ok');
    },
  ],
  [
    'lets OPTIONS in',
    (request, response) => {
      if (request.method === 'OPTIONS') response.end();
      else asItShouldBe(request, response);
    },
  ],
  ['makes 500 of everything', (_request, response) => response.writeHead(500).end()],
  ['lets nobody in', (_request, response) => response.writeHead(401, { 'WWW-Authenticate': CHALLENGE }).end()],
])('a proxy that %s is found out', async (_what, listener) => {
  const { code, output } = await smokeTest(await serve(listener), { user: 'dana', key: KEY });
  expect([code, output]).toEqual([1, expect.stringContaining('FAILED')]);
});

test('credentials come from the environment or standard input, and are on no command line', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keyfold-smoke-'));
  try {
    // Writes down what it was given, and does what it should.
    await writeFile(
      join(folder, 'curl'),
      `#!/bin/sh\n{ echo "$@"; env; } >> '${folder}/given'\nPATH=\${PATH#*:}\nexec curl "$@"\n`,
    );
    await chmod(join(folder, 'curl'), 0o755);
    const url = await serve(asItShouldBe);
    const path = `${folder}:`;
    expect(await smokeTest(url, { user: 'dana', key: KEY, path })).toMatchObject({
      code: 0,
      output: expect.stringContaining('as dana: 200'),
    });
    expect(await smokeTest(url, { input: `dana\n${KEY}\n`, path })).toMatchObject({
      code: 0,
      output: expect.stringContaining('as dana: 200'),
    });
    expect(await smokeTest(url, { path })).toMatchObject({ code: 0, output: expect.stringContaining('not asked') });
    const given = await readFile(join(folder, 'given'), 'utf8');
    expect(given).toContain('--config -');
    expect(given).not.toContain(KEY);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('what is no address, user name or key is refused before anything is asked', async () => {
  const asked: string[] = [];
  const url = await serve((request, response) => {
    asked.push(request.url ?? '');
    response.end();
  });
  expect((await smokeTest('file:///etc/passwd')).code).toBe(2);
  expect((await smokeTest('-K/etc/passwd')).code).toBe(2);
  expect((await smokeTest(url, { user: 'dana' })).code).toBe(2);
  expect((await smokeTest(url, { user: 'da"na', key: KEY })).code).toBe(2);
  expect((await smokeTest(url, { input: `dana\nkf_"\\\nurl=x\n` })).code).toBe(2);
  expect(asked).toEqual([]);
});
