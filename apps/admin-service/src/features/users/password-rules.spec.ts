import { describe, expect, test } from '@jest/globals';
import { LEAKED_PASSWORDS } from './common-passwords.js';
import { demandGoodPassword, normalisePassword } from './password-rules.js';

const attempt =
  (password: string, username = 'dana') =>
  (): void => {
    demandGoodPassword(password, username, '/password');
  };
const refused = expect.objectContaining({ code: 'PASSWORD_REFUSED' }) as unknown as Error;

describe('a new password', () => {
  test.each([
    'a long walk on the beach',
    'correct horse battery staple',
    'tqzhvnmbwkdx',
    '739104628501',
    'x739104628501',
    'love739104628501',
    'пароль для работы',
    '\u{1f511}\u{1f98a}\u{1f335}\u{1f40c}\u{1f33a}\u{1f9ca}\u{1f3bb}\u{1f6f6}\u{1f9ed}\u{1f9f5}\u{1f9c0}\u{1f9e9}',
    `${'x'.repeat(40)} ${'y'.repeat(40)}`,
  ])('%j passes: nothing is asked of kinds of characters', (password) => {
    expect(attempt(password)).not.toThrow();
  });

  test.each(['', 'tqzhvnmbwkd', '\u{1f511}\u{1f98a}\u{1f335}\u{1f40c}\u{1f33a}\u{1f9ca}', 'ｔｑｚ'])(
    '%j is too short: characters count, not bytes',
    (password) => {
      expect(attempt(password)).toThrow(refused);
    },
  );

  test.each([
    'password1234',
    'Password1234!',
    '!!Password2026',
    'passwordpassword',
    '123456789012',
    '1qaz2wsx3edc',
    'qwertyuiop12',
    'QWERTY123456',
    'iloveyou1234',
    'finalfantasy',
    'Butterfly2026',
    'liverpool1234',
    'aaaaaaaaaaaa',
    'abcabcabcabc',
    'ｐａｓｓｗｏｒｄ1234',
  ])('%j is what everybody tries first', (password) => {
    expect(attempt(password)).toThrow(refused);
  });

  test.each(['dana.kowalski', 'Dana.Kowalski1', '2026dana.kowalski!'])('%j is the own name', (password) => {
    expect(attempt(password, 'dana.kowalski')).toThrow(refused);
    expect(attempt(password, 'somebody.else')).not.toThrow();
  });

  test('is compared with tens of thousands of leaked ones', () => {
    expect(LEAKED_PASSWORDS.size).toBeGreaterThan(40_000);
    const long = [...LEAKED_PASSWORDS].filter((password) => Array.from(password).length >= 12);
    expect(long.length).toBeGreaterThan(250);
    for (const password of long) expect(attempt(password)).toThrow(refused);
  });

  test('is the same however a keyboard composes its letters', () => {
    expect(normalisePassword('Ångström')).toBe(normalisePassword('A\u030angstro\u0308m'));
  });
});
