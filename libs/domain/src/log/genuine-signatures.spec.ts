import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GenuineSignatures } from './genuine-signatures.js';
import { generateSignerKey, type NoteSigner, type NoteVerifier, parseSignerKey, parseVerifierKey } from './note-key.js';

const signer = parseSignerKey(generateSignerKey('log.example', randomBytes(32)));
const other = parseSignerKey(generateSignerKey('log.example', randomBytes(32)));
const message = Buffer.from('a message');

/** The signer's key, and how often it was asked. */
function counted({ verifierKey }: NoteSigner): { readonly verifier: NoteVerifier; readonly asked: () => number } {
  const verifier = parseVerifierKey(verifierKey);
  let times = 0;
  const verify = (text: Uint8Array, signature: Uint8Array): boolean => {
    times += 1;
    return verifier.verify(text, signature);
  };
  return { verifier: { ...verifier, verify }, asked: () => times };
}

test('a genuine signature is checked once', () => {
  const { asked, verifier } = counted(signer);
  const key = new GenuineSignatures(8).remembering(verifier);
  const signature = signer.sign(message);
  for (let time = 0; time < 3; time += 1) expect(key.verify(message, signature)).toBe(true);
  expect(asked()).toBe(1);
  expect(key.verifierKey).toBe(signer.verifierKey);
});

test('a wrong one is checked every time', () => {
  const { asked, verifier } = counted(signer);
  const key = new GenuineSignatures(8).remembering(verifier);
  for (let time = 0; time < 3; time += 1) expect(key.verify(message, other.sign(message))).toBe(false);
  expect(asked()).toBe(3);
});

test('what is remembered of one key says nothing of another', () => {
  const signatures = new GenuineSignatures(8);
  const [own, foreign] = [signer, other].map(({ verifierKey }) =>
    signatures.remembering(parseVerifierKey(verifierKey)),
  );
  const signature = signer.sign(message);
  expect(own?.verify(message, signature)).toBe(true);
  expect(foreign?.verify(message, signature)).toBe(false);
});

test('whatever is altered gets the verdict that it gets without a memory', () => {
  const signature = signer.sign(message);
  const bytes = fc.uint8Array({ maxLength: 80 });
  const near = (of: Uint8Array): fc.Arbitrary<Uint8Array> =>
    fc.oneof(
      bytes,
      fc.constant(of),
      fc.nat(of.byteLength).map((end) => of.subarray(0, end)),
      bytes.map((more) => Buffer.concat([of, more])),
      fc
        .nat(of.byteLength * 8 - 1)
        .map((bit) => of.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))),
    );
  const plain = parseVerifierKey(signer.verifierKey);
  fc.assert(
    fc.property(fc.array(fc.tuple(near(message), near(signature)), { maxLength: 6 }), (tries) => {
      const key = new GenuineSignatures(4).remembering(plain);
      key.verify(message, signature);
      for (const [text, made] of tries) expect(key.verify(text, made)).toBe(plain.verify(text, made));
    }),
  );
});

test('no more are remembered than it may; the oldest go first', () => {
  const { asked, verifier } = counted(signer);
  const key = new GenuineSignatures(2).remembering(verifier);
  const texts = ['one', 'two', 'three'].map((text) => Buffer.from(text));
  const verify = (text: Buffer): boolean => key.verify(text, signer.sign(text));
  for (const text of texts) verify(text);
  expect(asked()).toBe(3);
  for (const text of texts.slice(1)) verify(text);
  expect(asked()).toBe(3);
  for (const text of texts.slice(0, 1)) verify(text);
  expect(asked()).toBe(4);
});
