import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { TestLog } from '@keyfold/testing/feed/feed-harness';
import { AdminRequester, type AskedIn } from './admin-requester.js';
import { NatsLink } from './nats-link.js';

/* The requests that the admin-service got, and what it answers. */
let asked: string[];
let answerTo: (request: string) => string;
let server: Server;
let requester: AdminRequester;
let log: TestLog;
let nowMs: number;

const refusal = (code: string): string => JSON.stringify({ error: { code } });
/** Admin-services that know only the first form, and refuse the second by this code. */
const older =
  (code: string) =>
  (request: string): string =>
    request === '1' ? 'yes' : refusal(code);
const question: AskedIn<string> = (protocol) => ({ text: String(protocol), accept: (reply) => reply });

beforeEach(async () => {
  asked = [];
  nowMs = 0;
  answerTo = () => 'yes';
  server = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push(body);
      response.end(answerTo(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  log = new TestLog();
  requester = new AdminRequester({
    link: new NatsLink({ url: undefined, name: 'test', log }),
    internalUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    logKeyId: '01234567',
    log,
    monotonicNow: () => nowMs,
  });
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('an admin-service that knows the newest form is asked in it alone', async () => {
  expect(await requester.ask('head', question)).toBe('yes');
  expect(asked).toEqual(['2']);
});

test.each(['MALFORMED_REQUEST', 'NOT_AUTHENTICATED'])(
  'an older one, which refuses the newest form as %s, is asked again in the older, and so for a minute',
  async (code) => {
    answerTo = older(code);
    expect(await requester.ask('head', question)).toBe('yes');
    expect(await requester.ask('refill', question)).toBe('yes');
    expect(asked).toEqual(['2', '1', '1']);
    nowMs = 59_999;
    await requester.ask('use', question);
    nowMs = 60_000;
    await requester.ask('head', question);
    // Upgraded meanwhile.
    answerTo = () => 'yes';
    nowMs = 120_000;
    await requester.ask('head', question);
    await requester.ask('head', question);
    expect(asked.slice(3)).toEqual(['1', '2', '1', '2', '2']);
    expect(log.lines.map(({ details }) => details)).toEqual([{ way: 'http', protocol: 1 }]);
  },
);

test('one that does not know the older form any more is asked in the newest at once', async () => {
  answerTo = older('NOT_AUTHENTICATED');
  await requester.ask('head', question);
  answerTo = (request) => (request === '2' ? 'yes' : refusal('MALFORMED_REQUEST'));
  expect(await requester.ask('head', question)).toBe('yes');
  expect(asked).toEqual(['2', '1', '1', '2']);
});

test('what is refused in both forms is refused, and is asked in the newest first again', async () => {
  answerTo = () => refusal('NOT_AUTHENTICATED');
  await expect(requester.ask('head', question)).rejects.toThrow('NOT_AUTHENTICATED');
  await expect(requester.ask('head', question)).rejects.toThrow('NOT_AUTHENTICATED');
  expect(asked).toEqual(['2', '1', '2', '1']);
});

test('no other refusal is a reason to ask again', async () => {
  for (const code of ['UNAVAILABLE', 'AHEAD_OF_LOG', 'LOG_FORKED']) {
    answerTo = () => refusal(code);
    await expect(requester.ask('head', question)).rejects.toThrow(code);
  }
  answerTo = () => '{"error":{"code":"UNAVAILABLE","detail":"said by a newer version"}}';
  await expect(requester.ask('head', question)).rejects.toThrow('UNAVAILABLE');
  expect(asked).toEqual(['2', '2', '2', '2']);
});
