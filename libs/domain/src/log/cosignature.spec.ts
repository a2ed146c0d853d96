import { createPublicKey, hash, verify } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  cosignatureLine,
  generateCosignerKey,
  parseCosignerKey,
  parseCosignerVerifierKey,
  verifyCosignature,
} from './cosignature.js';
import { generateSignerKey, NoteError, parseSignerKey, parseVerifierKey } from './note-key.js';
import { openNote, readNote, signNote } from './signed-note.js';

const COSIGNER = parseCosignerKey(generateCosignerKey('gw-1/0', Buffer.alloc(32, 7)));
const VERIFIER = parseCosignerVerifierKey(COSIGNER.verifierKey);
const LOG = parseSignerKey(generateSignerKey('example.com/log', Buffer.alloc(32, 1)));
const TEXT = 'example.com/log\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';
const TIME = 1_679_315_147;

const signatureOf = (line: string): Buffer => Buffer.from(line.split(' ')[2] ?? '', 'base64');

test('the line is what the specification says, by node:crypto alone', () => {
  const line = cosignatureLine(TEXT, COSIGNER, TIME);
  const [mark, name, encoded = ''] = line.trimEnd().split(' ');
  expect([mark, name, line.endsWith('\n')]).toEqual(['\u2014', 'gw-1/0', true]);
  const bytes = Buffer.from(encoded, 'base64');
  const publicKey = Buffer.from(COSIGNER.verifierKey.split('+').slice(2).join('+'), 'base64');
  expect(publicKey[0]).toBe(4);
  const keyHash = hash('sha256', Buffer.concat([Buffer.from('gw-1/0\n'), publicKey]), 'buffer');
  expect(bytes.subarray(0, 4)).toEqual(keyHash.subarray(0, 4));
  expect(bytes.readBigUInt64BE(4)).toBe(BigInt(TIME));
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKey.subarray(1)]);
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  const message = Buffer.from(`cosignature/v1\ntime ${TIME}\n${TEXT}`);
  expect(verify(null, message, key, bytes.subarray(12))).toBe(true);
});

test('a cosigned note still opens by the log, and the cosignature by its own key', () => {
  const note = signNote(TEXT, LOG) + cosignatureLine(TEXT, COSIGNER, TIME);
  expect(openNote(note, parseVerifierKey(LOG.verifierKey))).toBe(TEXT);
  const { text, signatures } = readNote(note);
  expect(verifyCosignature(text, signatures[1]?.signature ?? Buffer.alloc(0), VERIFIER)).toEqual({ timeSeconds: TIME });
});

test('no altered time, text or signature passes', () => {
  const signature = signatureOf(cosignatureLine(TEXT, COSIGNER, TIME));
  const own = signature.subarray(4);
  expect(verifyCosignature(TEXT, own, VERIFIER)).toEqual({ timeSeconds: TIME });
  fc.assert(
    fc.property(fc.nat(own.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const altered = Buffer.from(own);
      altered[at] = (altered[at] ?? 0) ^ flip;
      expect(verifyCosignature(TEXT, altered, VERIFIER)).toBeNull();
    }),
  );
  expect(verifyCosignature(TEXT.replace('20852163', '20852164'), own, VERIFIER)).toBeNull();
  for (const length of [0, 7, 8, 71]) expect(verifyCosignature(TEXT, own.subarray(0, length), VERIFIER)).toBeNull();
  const latest = Buffer.concat([Buffer.alloc(8, 0xff), own.subarray(8)]);
  expect(verifyCosignature(TEXT, latest, VERIFIER)).toBeNull();
});

describe('keys of the two types', () => {
  const asNoteKey = generateSignerKey('gw-1/0', Buffer.alloc(32, 7));

  test('differ in their hash and are not read for each other', () => {
    expect(parseSignerKey(asNoteKey).keyId).not.toBe(COSIGNER.keyId);
    expect(() => parseCosignerKey(asNoteKey)).toThrow(NoteError);
    expect(() => parseSignerKey(generateCosignerKey('gw-1/0', Buffer.alloc(32, 7)))).toThrow(NoteError);
    expect(() => parseVerifierKey(COSIGNER.verifierKey)).toThrow(NoteError);
    expect(() => parseCosignerVerifierKey(parseSignerKey(asNoteKey).verifierKey)).toThrow(NoteError);
  });

  test("a note's signature under the same secret is no cosignature", () => {
    const note = signNote(`cosignature/v1\ntime ${TIME}\n${TEXT}`, parseSignerKey(asNoteKey));
    const { signatures } = readNote(note);
    const signature = signatures[0]?.signature ?? Buffer.alloc(0);
    expect(verifyCosignature(TEXT, signature, VERIFIER)).toBeNull();
  });

  test.each([-1, 0.5, 2 ** 53])('no time is %d', (time) => {
    expect(() => cosignatureLine(TEXT, COSIGNER, time)).toThrow(NoteError);
  });
});
