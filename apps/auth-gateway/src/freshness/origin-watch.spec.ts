import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { generateSignerKey, type NoteVerifier, parseSignerKey, parseVerifierKey } from '@keyfold/domain';
import { FeedProblem } from '@keyfold/messaging';
import { OriginWatch } from './origin-watch.js';

const NEXT = parseVerifierKey(parseSignerKey(generateSignerKey('log.example/2', randomBytes(32))).verifierKey);

let lines: string[];
let answer: () => Promise<NoteVerifier | null>;
let watch: OriginWatch;
const kept: NoteVerifier[] = [];

beforeEach(() => {
  jest.useFakeTimers();
  lines = [];
  kept.length = 0;
  const line =
    (level: string) =>
    (...[about]: unknown[]): void => {
      lines.push(`${level} ${(about as { code?: string }).code ?? ''}`.trim());
    };
  watch = new OriginWatch({
    heads: { lastProblem: new FeedProblem('BAD_HEAD', 'no head') },
    origins: { ask: () => answer() },
    keep: (verifier) => void kept.push(verifier),
    log: { debug: line('debug'), warn: line('warn'), error: line('error') },
  });
  watch.start();
});

afterEach(() => {
  watch.close();
  jest.useRealTimers();
});

const fail = (code: 'ADMIN_UNREACHABLE' | 'BAD_REPLY' | 'LOG_FORKED'): void => {
  answer = () => Promise.reject(new FeedProblem(code, 'as the test says'));
};

test('an answer that does not verify is reported once, until there is another', async () => {
  fail('BAD_REPLY');
  await jest.advanceTimersByTimeAsync(3_000);
  expect(lines).toEqual(['warn BAD_REPLY']);
  answer = () => Promise.resolve(null);
  await jest.advanceTimersByTimeAsync(1_000);
  fail('BAD_REPLY');
  await jest.advanceTimersByTimeAsync(2_000);
  expect(lines).toEqual(['warn BAD_REPLY', 'warn BAD_REPLY']);
  expect(kept).toEqual([]);
});

test.each(['ADMIN_UNREACHABLE', 'LOG_FORKED'] as const)('%s is left to whoever asks for heads', async (code) => {
  fail(code);
  await jest.advanceTimersByTimeAsync(2_000);
  expect(lines).toEqual(['debug', 'debug']);
});

test('a new origin is kept, and the process told of it', async () => {
  answer = () => Promise.resolve(NEXT);
  await jest.advanceTimersByTimeAsync(1_000);
  await watch.superseded;
  expect(kept).toEqual([NEXT]);
  expect(lines).toEqual(['warn']);
});
