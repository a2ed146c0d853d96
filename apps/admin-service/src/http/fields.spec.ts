import { expect, test } from '@jest/globals';
import { Email, KeyName, RoleName, text, Username } from './fields.js';

const readByPeople = { KeyName, RoleName, text: text(200) };

test.each(Object.entries(readByPeople))('%s is trimmed and shows something', (_name, field) => {
  expect(field.parse('  Ops team\t')).toBe('Ops team');
  for (const value of ['', '   ', '\u00a0', '\u200b', '\u2800', 'Ops\u202e', 'Ops\u200bteam', 'Ops\nteam', 'Ops\u0000'])
    expect([value, field.safeParse(value).success]).toEqual([value, false]);
});

test('lengths are counted after trimming, in characters', () => {
  expect(KeyName.parse(` ${'👍'.repeat(100)} `)).toBe('👍'.repeat(100));
  expect(KeyName.safeParse('👍'.repeat(101)).success).toBe(false);
  expect(RoleName.parse(` ${'r'.repeat(64)} `)).toBe('r'.repeat(64));
});

test('an e-mail address hides nothing either', () => {
  expect(Email.parse(' ada@example.org ')).toBe('ada@example.org');
  expect(Email.safeParse('ada\u200b@example.org').success).toBe(false);
});

test('a user name may have apostrophes', () => {
  expect(Username.parse("O'Brien@example.com")).toBe("o'brien@example.com");
  for (const name of ['', ' x', 'a:b', 'ö', 'o\u2019brien']) expect(Username.safeParse(name).success).toBe(false);
});
