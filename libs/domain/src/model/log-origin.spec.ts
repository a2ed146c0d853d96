import { expect, test } from '@jest/globals';
import {
  checkpointText,
  generateSignerKey,
  parseSignerKey,
  parseVerifierKey,
  signCheckpoint,
  signerNamed,
  verifierNamed,
} from '../log/index.js';
import {
  decideForkAcknowledgement,
  type Fork,
  newEventProblem,
  originAfter,
  originAfterFork,
  type OriginSuccession,
  readLogEvent,
  successionsAfter,
} from './index.js';

const ORIGIN = 'keyfold.local/0123';
const NEXT = originAfterFork(ORIGIN, 'a1b2c3d4e5f6');
const text = generateSignerKey(ORIGIN, Buffer.alloc(32, 1));
const lost = { origin: ORIGIN, size: 31, root: Buffer.alloc(32, 7) };
const fork: Fork = { position: 30, checkpoint: signCheckpoint(lost, parseSignerKey(text)) };
const decide = (named: Fork, found: Fork | null, known: readonly OriginSuccession[] = []): unknown[] =>
  decideForkAcknowledgement({ named, next: NEXT, origin: ORIGIN }, found, known);

test('an acknowledgement is one record that names the origins and the fork, and is read back', () => {
  const [event] = decideForkAcknowledgement({ named: fork, next: NEXT, origin: ORIGIN }, fork, []);
  if (event === undefined) throw new Error('nothing was decided');
  expect(event).toMatchObject({
    stream: 'log/origin',
    type: 'ForkAcknowledged',
    data: { previousOrigin: ORIGIN, origin: NEXT, ...fork },
  });
  expect(newEventProblem(event)).toBeNull();
  const read = readLogEvent({ ...event, sealed: {} });
  if (read.kind !== 'event') throw new Error(read.kind);
  expect(readLogEvent({ ...event, sealed: {}, stream: 'log/settings' }).kind).toBe('invalid');
  // Again: it is acknowledged already, whatever this process has found since.
  const known = successionsAfter([], read.event);
  expect(decide(fork, null, known)).toEqual([]);
  expect(decide(fork, fork, known)).toEqual([]);
});

test('what was not found, or found otherwise, is not acknowledged', () => {
  const code = (wanted: string): unknown => expect.objectContaining({ code: wanted });
  expect(() => decide(fork, null)).toThrow(code('LOG_NOT_FORKED'));
  expect(() => decide({ ...fork, position: 29 }, fork)).toThrow(code('FORK_DIFFERS'));
  const other = checkpointText({ ...lost, root: Buffer.alloc(32, 8) });
  expect(() => decide({ ...fork, checkpoint: other }, fork)).toThrow(code('FORK_DIFFERS'));
  expect(() => decide({ ...fork, checkpoint: 'no checkpoint' }, fork)).toThrow(code('FORK_DIFFERS'));
  // The state counts, not who has signed it.
  expect(decide({ ...fork, checkpoint: checkpointText(lost) }, fork)).toHaveLength(1);
});

test('the origin after several forks is the last one of its own line, and never an earlier one', () => {
  const [first, second] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'].map((random) => originAfterFork(ORIGIN, random));
  if (first === undefined || second === undefined) throw new Error('two were made');
  expect(originAfterFork(first, 'bbbbbbbbbbbb')).toBe(second);
  const line = [
    { previousOrigin: ORIGIN, origin: first },
    { previousOrigin: first, origin: second },
  ];
  expect(originAfter(ORIGIN, line)).toBe(second);
  expect(originAfter(first, line)).toBe(second);
  expect(originAfter(second, line)).toBe(second);
  expect(originAfter('another.log', line)).toBe('another.log');
  expect(() => originAfterFork(ORIGIN, 'short')).toThrow(TypeError);
});

test('an acknowledgement that was lost with the end of the log breaks no line', () => {
  const [first, second, third] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb', 'cccccccccccc'].map((random) =>
    originAfterFork(ORIGIN, random),
  );
  if (first === undefined || second === undefined || third === undefined) throw new Error('three were made');
  // The log has lost that it went on as the first one; a process that knew it has found and recorded the next fork.
  expect(originAfter(ORIGIN, [{ previousOrigin: first, origin: second }])).toBe(second);
  const broken = [
    { previousOrigin: ORIGIN, origin: first },
    { previousOrigin: second, origin: third },
  ];
  for (const origin of [ORIGIN, first, second, third]) expect(originAfter(origin, broken)).toBe(third);
  // Nobody who has followed what is lost is led back.
  expect(originAfter(second, broken.slice(0, 1))).toBe(second);
  expect(originAfter('another.log', broken)).toBe('another.log');
});

test('the key stays, and what it signs under one origin does not pass under another', () => {
  const signer = parseSignerKey(signerNamed(text, NEXT));
  const before = parseVerifierKey(parseSignerKey(text).verifierKey);
  expect(verifierNamed(before, NEXT).verifierKey).toBe(signer.verifierKey);
  expect(verifierNamed(verifierNamed(before, NEXT), ORIGIN).verifierKey).toBe(before.verifierKey);
  expect(signer.keyId).not.toBe(before.keyId);
});
