import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAX_AUTHORIZATION_CHARACTERS, parseBasicCredentials } from './basic-credentials.js';

const basic = (text: string | Uint8Array): string => `Basic ${Buffer.from(text).toString('base64')}`;
const printable = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).filter((text) => !/\p{Cc}/u.test(text));

describe('parseBasicCredentials', () => {
  test('whatever name without a colon and password are sent, they are read back', () => {
    fc.assert(
      fc.property(
        printable.filter((name) => !name.includes(':')),
        printable,
        (username, password) => {
          expect(parseBasicCredentials(basic(`${username}:${password}`))).toEqual({ username, password });
        },
      ),
    );
  });

  test('the scheme is read in any case and may be followed by several spaces', () => {
    expect(parseBasicCredentials('bAsIc dTpw')).toEqual({ username: 'u', password: 'p' });
    expect(parseBasicCredentials('BASIC    dTpw')).toEqual({ username: 'u', password: 'p' });
  });

  test('the name ends at the first colon', () => {
    expect(parseBasicCredentials(basic('user:pa:ss'))).toEqual({ username: 'user', password: 'pa:ss' });
  });

  test.each([
    ['nothing', ''],
    ['the scheme alone', 'Basic'],
    ['the scheme and a space', 'Basic '],
    ['padding alone', 'Basic ='],
    ['another scheme', 'Bearer dTpw'],
    ['a tab after the scheme', 'Basic\tdTpw'],
    ['foreign characters', 'Basic YTox!!'],
    ['a line break inside', 'Basic YTo\nx'],
    ['the URL-safe alphabet', 'Basic YT8_'],
    ['too much padding', 'Basic YTox==='],
    ['missing padding', 'Basic YTp4eA'],
    ['inner spaces', 'Basic YT ox'],
    ['trailing rubbish', 'Basic YTox YTox'],
    ['two credentials in one line', 'Basic dTpw, Basic dTpw'],
    ['two schemes in one line', 'Basic dTpw, Bearer x'],
    ['unused bits that are not zero', 'Basic YTp4eB=='],
    ['no colon', basic('user')],
    ['no name', basic(':secret')],
    ['no password', basic('user:')],
    ['invalid UTF-8', basic(Uint8Array.of(0x61, 0xff, 0x3a, 0x62))],
    ['latin-1', basic(Uint8Array.of(0xfc, 0x3a, 0x62))],
    ['NUL', basic('u\0:p')],
    ['a line break in the password', basic('u:p\r\nX: y')],
    ['DEL', basic('u:p\u007f')],
    ['a C1 control', basic('u:p\u0085')],
    ['too many characters', basic(`u:${'p'.repeat(MAX_AUTHORIZATION_CHARACTERS)}`)],
  ])('%s is refused', (_, authorization) => {
    expect(parseBasicCredentials(authorization)).toBeNull();
  });

  test('names that only differ in invalid bytes never become one', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (name) => {
        const read = parseBasicCredentials(basic(Buffer.concat([name, Buffer.from(':p')])));
        if (read !== null && !name.includes(0x3a)) expect(Buffer.from(read.username)).toEqual(Buffer.from(name));
      }),
    );
  });
});
