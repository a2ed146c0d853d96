import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openCheckpoint, signCheckpoint } from './checkpoint.js';
import { EMPTY_ROOT } from './merkle-hash.js';
import { generateSignerKey, NoteError, parseSignerKey, parseVerifierKey } from './note-key.js';
import { openNote, signNote } from './signed-note.js';

// The example of Go's golang.org/x/mod/sumdb/note.
const GO_SIGNER_KEY = 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz';
const GO_VERIFIER_KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const GO_TEXT =
  'If you think cryptography is the answer to your problem,\n' + "then you don't know what your problem is.\n";
const GO_SIGNATURE =
  '\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
const GO_NOTE = `${GO_TEXT}\n${GO_SIGNATURE}`;

const ORIGIN = 'keyfold.local/test';
const SIGNER = parseSignerKey(generateSignerKey(ORIGIN, Buffer.alloc(32, 1)));
const VERIFIER = parseVerifierKey(SIGNER.verifierKey);
const OTHER = parseSignerKey(generateSignerKey(ORIGIN, Buffer.alloc(32, 2)));
const WITNESS = parseSignerKey(generateSignerKey('witness.example/w', Buffer.alloc(32, 3)));

function signatureOf(text: string, signer: typeof SIGNER): string {
  return signNote(text, signer).slice(text.length + 1);
}

describe("the example of Go's note package", () => {
  test('opens, and is what signing with its key gives', () => {
    expect(openNote(GO_NOTE, parseVerifierKey(GO_VERIFIER_KEY))).toBe(GO_TEXT);
    const signer = parseSignerKey(GO_SIGNER_KEY);
    expect(signer).toMatchObject({ name: 'PeterNeumann', keyId: 'c74f20a3', verifierKey: GO_VERIFIER_KEY });
    expect(signNote(GO_TEXT, signer)).toBe(GO_NOTE);
  });

  test('does not open with any character changed', () => {
    const verifier = parseVerifierKey(GO_VERIFIER_KEY);
    for (let at = 0; at < GO_NOTE.length; at++) {
      const changed = GO_NOTE.slice(0, at) + (GO_NOTE[at] === 'A' ? 'B' : 'A') + GO_NOTE.slice(at + 1);
      expect(() => openNote(changed, verifier)).toThrow(NoteError);
    }
  });
});

describe('note keys', () => {
  test('a generated key reads back and signs for its own verifier key', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array(), (seed, message) => {
        const signer = parseSignerKey(generateSignerKey(ORIGIN, seed));
        const verifier = parseVerifierKey(signer.verifierKey);
        expect(verifier).toMatchObject({ name: ORIGIN, keyId: signer.keyId, verifierKey: signer.verifierKey });
        expect(verifier.verify(message, signer.sign(message))).toBe(true);
        expect(verifier.verify(Buffer.concat([message, Buffer.of(0)]), signer.sign(message))).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  test('a key made by node:crypto gives the same public key', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
    const publicBytes = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
    const { verifierKey } = parseSignerKey(generateSignerKey(ORIGIN, seed));
    expect(verifierKey.endsWith(Buffer.concat([Buffer.of(1), publicBytes]).toString('base64'))).toBe(true);
  });

  test.each(['', 'a b', 'a+b', 'a\nb', 'a\u00a0b', 'a\u0000b', '\ud800'])('no key is named %j', (name) => {
    expect(() => generateSignerKey(name, Buffer.alloc(32))).toThrow(NoteError);
  });

  test.each([
    '',
    'PeterNeumann',
    GO_SIGNER_KEY,
    GO_VERIFIER_KEY.replace('c74f20a3', 'c74f20a4'),
    GO_VERIFIER_KEY.replace('c74f20a3', 'C74F20A3'),
    GO_VERIFIER_KEY.replace('PeterNeumann', 'PeterNeuman'),
    GO_VERIFIER_KEY.replace('+ARpc', '+Ahpc'),
    `${GO_VERIFIER_KEY}=`,
    `${GO_VERIFIER_KEY}\n`,
    ` ${GO_VERIFIER_KEY}`,
    GO_VERIFIER_KEY.slice(0, -4),
    'PeterNeumann+c74f20a3+',
  ])('%j is no verifier key', (text) => {
    expect(() => parseVerifierKey(text)).toThrow(NoteError);
  });

  test.each([
    '',
    GO_VERIFIER_KEY,
    GO_SIGNER_KEY.replace('c74f20a3', 'c74f20a4'),
    GO_SIGNER_KEY.replace('PeterNeumann', 'Peter'),
    GO_SIGNER_KEY.replace('AYEK', 'AoEK'),
    GO_SIGNER_KEY.slice(0, -4),
  ])('what is no signer key is refused without being quoted', (text) => {
    const secret = GO_SIGNER_KEY.slice(-20);
    expect(() => parseSignerKey(text)).toThrow(NoteError);
    expect(() => parseSignerKey(text)).not.toThrow(secret);
  });

  test('a seed has 32 bytes', () => {
    expect(() => generateSignerKey(ORIGIN, Buffer.alloc(31))).toThrow(NoteError);
  });
});

describe('signed notes', () => {
  const TEXT = 'one\n\ntwo\n';

  test('signatures by others may stand beside ours, in any order', () => {
    const [own, witness] = [signatureOf(TEXT, SIGNER), signatureOf(TEXT, WITNESS)];
    expect(openNote(`${TEXT}\n${own}${witness}`, VERIFIER)).toBe(TEXT);
    expect(openNote(`${TEXT}\n${witness}${own}`, VERIFIER)).toBe(TEXT);
    expect(() => openNote(`${TEXT}\n${witness}`, VERIFIER)).toThrow(NoteError);
  });

  test('another key of the same name opens nothing, even with our key id', () => {
    expect(() => openNote(signNote(TEXT, OTHER), VERIFIER)).toThrow(NoteError);
    const forged = signNote(TEXT, { ...OTHER, keyId: VERIFIER.keyId });
    expect(() => openNote(forged, VERIFIER)).toThrow('the signature of the note is wrong');
  });

  test('any text allowed comes back', () => {
    const text = fc.string({ unit: 'grapheme' }).map((body) => `${body.replace(/[\p{Cc}]/gu, '\n')}\n`);
    fc.assert(
      fc.property(text, (body) => {
        expect(openNote(signNote(body, SIGNER), VERIFIER)).toBe(body);
      }),
    );
  });

  test.each(['', 'no newline', 'a\rb\n', 'a\tb\n', '\u0000\n', '\ud800\n'])('the text %j is not signed', (text) => {
    expect(() => signNote(text, SIGNER)).toThrow(NoteError);
  });

  test.each<[string, (note: string) => string]>([
    ['the newline at the end', (note) => note.slice(0, -1)],
    ['the empty line', (note) => note.replace('\n\n\u2014', '\n\u2014')],
    ['the signature', (note) => note.slice(0, note.indexOf('\u2014'))],
    ['the dash', (note) => note.replace('\u2014 ', '- ')],
    ['the padding of the signature', (note) => note.replace(/=+\n$/, '\n')],
    ['half of the signature', (note) => note.replace(/[^ ]{40}\n$/, '\n')],
  ])('a note without %s is refused', (_, damage) => {
    expect(() => openNote(damage(signNote('text\n', SIGNER)), VERIFIER)).toThrow(NoteError);
  });

  test('a malformed line beside a good signature is refused', () => {
    const note = signNote(TEXT, SIGNER);
    for (const line of [
      '\u2014 w AAAA\n',
      '\u2014 w  AAAAAAAA\n',
      '\u2014 w AAAAAAAA x\n',
      '\u2014 w+ AAAAAAAA\n',
      '\n',
      'x\n',
    ]) {
      expect(() => openNote(note + line, VERIFIER)).toThrow(NoteError);
    }
    expect(openNote(`${note}\u2014 w AAAAAAAA\n`, VERIFIER)).toBe(TEXT);
    expect(() => openNote(note + '\u2014 w AAAAAAAA\n'.repeat(100), VERIFIER)).toThrow(NoteError);
    expect(() => openNote(signNote(`${'x'.repeat(1_000_000)}\n`, SIGNER), VERIFIER)).toThrow(NoteError);
  });
});

describe('checkpoints', () => {
  const ROOT = Buffer.alloc(32, 9);

  test('come back as they were signed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        (size, hash) => {
          const checkpoint = { origin: ORIGIN, size, root: Buffer.from(hash) };
          expect(openCheckpoint(signCheckpoint(checkpoint, SIGNER), VERIFIER)).toEqual(checkpoint);
        },
      ),
      { numRuns: 50 },
    );
    const empty = { origin: ORIGIN, size: 0, root: EMPTY_ROOT };
    expect(openCheckpoint(signCheckpoint(empty, SIGNER), VERIFIER)).toEqual(empty);
  });

  test('have the form of C2SP tlog-checkpoint', () => {
    const note = signCheckpoint({ origin: ORIGIN, size: 12, root: ROOT }, SIGNER);
    expect(note.startsWith(`${ORIGIN}\n12\n${ROOT.toString('base64')}\n\n\u2014 ${ORIGIN} `)).toBe(true);
  });

  test('are signed for the signer only, and with a possible state only', () => {
    expect(() => signCheckpoint({ origin: 'other', size: 1, root: ROOT }, SIGNER)).toThrow(NoteError);
    expect(() => signCheckpoint({ origin: ORIGIN, size: -1, root: ROOT }, SIGNER)).toThrow(NoteError);
    expect(() => signCheckpoint({ origin: ORIGIN, size: 1.5, root: ROOT }, SIGNER)).toThrow(NoteError);
    expect(() => signCheckpoint({ origin: ORIGIN, size: 1, root: ROOT.subarray(1) }, SIGNER)).toThrow(NoteError);
    expect(() => signCheckpoint({ origin: ORIGIN, size: 0, root: ROOT }, SIGNER)).toThrow(NoteError);
  });

  test('may carry extension lines, which are ignored', () => {
    const text = `${ORIGIN}\n1\n${ROOT.toString('base64')}\nextension\n`;
    expect(openCheckpoint(signNote(text, SIGNER), VERIFIER).size).toBe(1);
  });

  const root = ROOT.toString('base64');
  test.each([
    `${ORIGIN}\n1\n`,
    `${ORIGIN}\n1\n\n`,
    `other\n1\n${root}\n`,
    `${ORIGIN} \n1\n${root}\n`,
    `${ORIGIN}\n01\n${root}\n`,
    `${ORIGIN}\n+1\n${root}\n`,
    `${ORIGIN}\n0x1\n${root}\n`,
    `${ORIGIN}\n1e3\n${root}\n`,
    `${ORIGIN}\n\n${root}\n`,
    `${ORIGIN}\n9007199254740992\n${root}\n`,
    `${ORIGIN}\n0\n${root}\n`,
    `${ORIGIN}\n1\n${root.slice(0, -1)}\n`,
    `${ORIGIN}\n1\n${root.slice(4)}\n`,
    `${ORIGIN}\n1\n${root}\n\nx\n`,
    '\n1\n\n',
  ])('are not read from a note that says %j', (text) => {
    expect(() => openCheckpoint(signNote(text, SIGNER), VERIFIER)).toThrow(NoteError);
  });
});
