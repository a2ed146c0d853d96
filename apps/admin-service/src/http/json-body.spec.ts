import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseJsonBody } from './json-body.js';

const parse = (text: string): unknown => parseJsonBody(Buffer.from(text));

test('reads every object that JSON can write, as JSON reads it', () => {
  const clean = fc
    .string({ unit: 'grapheme' })
    .filter((text) => text.isWellFormed() && !text.includes('\0') && text !== '__proto__');
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constant(null),
      fc.boolean(),
      fc.integer(),
      clean,
      fc.array(tie('value')),
      tie('object'),
    ),
    object: fc.dictionary(clean, tie('value')),
  }));
  fc.assert(
    fc.property(fc.dictionary(clean, value), fc.boolean(), (body, isIndented) => {
      const text = JSON.stringify(body, null, isIndented ? 2 : 0);
      expect(JSON.stringify(parse(text))).toBe(JSON.stringify(JSON.parse(text)));
    }),
  );
});

test.each([
  '{"a":1,"a":2}',
  '{"a":1,"\\u0061":2}',
  '{"x":[{"a":{}, "a" :{}}]}',
  '{"x":{"y":1},"x":{}}',
  '{"a\\"b":1,"a\\"b":1}',
])('a member given twice is refused: %s', (text) => {
  expect(() => parse(text)).toThrow('INVALID_REQUEST');
});

test('the same name in different objects, or as a value, is no repetition', () => {
  expect(parse('{"a":{"a":"a"},"b":[{"a":1},{"a":"a"}]}')).toEqual({ a: { a: 'a' }, b: [{ a: 1 }, { a: 'a' }] });
});

test('no text at all is no body; the refusal never repeats the body', () => {
  expect(parse('')).toBeUndefined();
  expect(() => parse('{"password":"hunter2-hunter2"')).toThrow(/^(?!.*hunter2)/);
});
