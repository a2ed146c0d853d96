import { describe, expect, test } from '@jest/globals';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { canonicalJson, CanonicalJsonError, type JsonValue, MAX_JSON_DEPTH } from './canonical-json.js';

// github.com/cyberphone/json-canonicalization, testdata: the published examples of RFC 8785 whose numbers are integers.
const PUBLISHED: readonly (readonly [string, string, string])[] = [
  [
    'arrays',
    '[\n  56,\n  {\n    "d": true,\n    "10": null,\n    "1": [ ]\n  }\n]',
    '[56,{"1":[],"10":null,"d":true}]',
  ],
  [
    'french',
    '{"peach": "This sorting order", "péché": "is wrong according to French", "pêche": "but canonicalization MUST", "sin": "ingnore locale"}',
    '{"peach":"This sorting order","péché":"is wrong according to French","pêche":"but canonicalization MUST","sin":"ingnore locale"}',
  ],
  [
    'structures',
    '{"1": {"f": {"f": "hi","F": 5} ,"\\n": 56.0}, "10": { }, "": "empty", "a": { }, "111": [ { } ], "A": { }}',
    '{"":"empty","1":{"\\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{}],"A":{},"a":{}}',
  ],
  ['unicode', '{"Unnormalized Unicode":"\\u1e0d\\u0307"}', '{"Unnormalized Unicode":"\u1e0d\u0307"}'],
  [
    'values (without the fractions)',
    '{"numbers": [0, -0, 9007199254740991, -9007199254740991], "escaping": "\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/", "literals": [null, true, false]}',
    '{"escaping":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/","literals":[null,true,false],"numbers":[0,0,9007199254740991,-9007199254740991]}',
  ],
  [
    'weird',
    '{"\\u20ac": "Euro Sign", "1": "One", "\\u0080": "Control\\u007f", "\\ud83d\\ude02": "Smiley", "\\u00f6": "Latin Small Letter O With Diaeresis", "\\ufb33": "Hebrew Letter Dalet With Dagesh", "</script>": "Browser Challenge"}',
    '{"1":"One","</script>":"Browser Challenge","\u0080":"Control\u007f","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","😂":"Smiley","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
  ],
];

const jsonValue: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string({ unit: 'binary' }), fc.nat().map(String)), tie('value'), { maxKeys: 5 }),
  ),
})).value;

function shuffled(value: JsonValue): JsonValue {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(shuffled);
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, member]) => [name, shuffled(member)] as const)
      .reverse(),
  );
}

describe('canonical JSON', () => {
  test.each(PUBLISHED)('the published example of RFC 8785 comes out: %s', (_, input, output) => {
    expect(canonicalJson(JSON.parse(input) as JsonValue)).toBe(output);
  });

  test('any value is the same text whatever the order of its members, and the text that another implementation gives', () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(shuffled(value))).toBe(text);
        expect(canonicalize(value)).toBe(text);
        // A text read back is in order already, which is the fast path; it must end in the same place.
        expect(canonicalJson(JSON.parse(text) as JsonValue)).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  test('names that look like numbers are ordered as texts, also where the engine lists them otherwise', () => {
    expect(canonicalJson({ '10': 1, '9': 2 })).toBe('{"10":1,"9":2}');
    expect(canonicalJson({ a: { '10': 1, '9': 2 } })).toBe('{"a":{"10":1,"9":2}}');
  });

  test('a member called __proto__ is a member like any other', () => {
    const text = '{"__proto__":{"a":1},"b":2}';
    expect(canonicalJson(JSON.parse(text) as JsonValue)).toBe(text);
  });

  const looped: unknown[] = [];
  looped.push(looped);
  test.each<[string, unknown]>([
    ['a fraction', 0.5],
    ['an integer beyond 2^53-1', 2 ** 53],
    ['an integer below -(2^53-1)', -(2 ** 53)],
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a lone high surrogate', '\ud800'],
    ['a lone low surrogate in a name', { 'a\udc00': 1 }],
    ['undefined', undefined],
    ['an undefined member', { a: undefined }],
    ['an undefined element', [undefined]],
    ['a hole', [1, , 2]],
    ['a function', { a: () => 1 }],
    ['toJSON', { toJSON: () => 1 }],
    ['a big integer', 1n],
    ['a symbol', Symbol('a')],
    ['a date', new Date(0)],
    ['bytes', { a: Buffer.of(1) }],
    ['a value that contains itself', looped],
  ])('%s is refused', (_, value) => {
    expect(() => canonicalJson(value as JsonValue)).toThrow(CanonicalJsonError);
    expect(() => canonicalJson({ b: 1, a: [value as JsonValue] })).toThrow(CanonicalJsonError);
  });

  test('depth is bounded', () => {
    const nested = (levels: number): JsonValue => (levels === 0 ? 1 : [nested(levels - 1)]);
    expect(canonicalJson(nested(MAX_JSON_DEPTH))).toHaveLength(2 * MAX_JSON_DEPTH + 1);
    expect(() => canonicalJson(nested(MAX_JSON_DEPTH + 1))).toThrow(CanonicalJsonError);
    expect(() => canonicalJson(JSON.parse('['.repeat(30_000) + ']'.repeat(30_000)) as JsonValue)).toThrow(
      CanonicalJsonError,
    );
  });
});
