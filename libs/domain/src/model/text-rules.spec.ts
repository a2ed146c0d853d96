import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { foldUsername, isKeyName, isRoleName, isScope, isText } from './index.js';

test('user names are folded in ASCII alone', () => {
  expect(foldUsername('Joan.Doe@Example.ORG')).toBe('joan.doe@example.org');
  expect(foldUsername('a')).toBe('a');
  expect(foldUsername('a_b+c-9')).toBe('a_b+c-9');
  expect(foldUsername('x'.repeat(128))).toBe('x'.repeat(128));
});

test.each(['', 'x'.repeat(129), 'a b', ' a', 'a ', 'a:b', 'a\u00a0', 'ü', '\u212a', '\uff21', 'a\u0000', 'a\n', 'ı'])(
  '%j is nobody’s name',
  (text) => {
    expect(foldUsername(text)).toBe(null);
  },
);

test('folding twice is folding once', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const folded = foldUsername(text);
      if (folded !== null) expect(foldUsername(folded)).toBe(folded);
    }),
  );
});

test('key names count characters, not UTF-16 units, and hold no control character', () => {
  expect(isKeyName('🔑'.repeat(100))).toBe(true);
  expect(isKeyName('🔑'.repeat(101))).toBe(false);
  expect(isKeyName('Zapier – Berichte')).toBe(true);
  for (const name of ['', 'a\u0007', 'a\u0085', 'a\u0000', '\ud800']) expect(isKeyName(name)).toBe(false);
});

test('texts are well-formed and free of U+0000', () => {
  expect(isText('a\nb', 10)).toBe(true);
  expect(isText('\udc00', 10)).toBe(false);
  expect(isText('a\u0000', 10)).toBe(false);
  expect(isText('abc', 2)).toBe(false);
});

test('scopes and role names are those of the contract', () => {
  expect(['a', '0:read.all_x-y', 'a'.repeat(64)].every(isScope)).toBe(true);
  expect(['', 'A', ':a', 'a'.repeat(65), 'a,b', 'a b'].some(isScope)).toBe(false);
  expect(['API Key Generate', 'a', 'x_y.z-1'].every(isRoleName)).toBe(true);
  expect(['', 'a,b', 'ä', 'x'.repeat(65), 'a\n'].some(isRoleName)).toBe(false);
});
