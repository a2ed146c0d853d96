import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, CanonicalJsonError, type JsonObject, type JsonValue } from '@keyfold/domain';
import { inCanonicalOrder } from './canonical-order.js';

test('the canonical bytes are the same as without ordering, whatever the names', () => {
  const names = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('__proto__', '10', '9', 'constructor', 'é', '€'),
  );
  const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constant(null),
      fc.boolean(),
      fc.maxSafeInteger(),
      fc.string({ unit: 'binary' }),
      fc.array(tie('value')),
      fc.dictionary(names, tie('value'), { noNullPrototype: true }),
    ),
  }));
  fc.assert(
    fc.property(fc.dictionary(names, value, { noNullPrototype: true }), (data) => {
      const before = canonicalJson(data);
      expect(canonicalJson(inCanonicalOrder(data))).toBe(before);
    }),
    { numRuns: 60 },
  );
});

test('the members come out in order, at every depth', () => {
  const ordered = inCanonicalOrder({ b: [{ d: 1, c: 2 }], a: { f: 1, e: null } });
  expect(JSON.stringify(ordered)).toBe('{"a":{"e":null,"f":1},"b":[{"c":2,"d":1}]}');
});

test('what is no JSON is not made into JSON', () => {
  const values: unknown[] = [new Date(0), new Map([[1, 2]]), undefined, Object.create({ a: 1 }), new Array(2)];
  for (const data of [...values.map((value) => ({ value })), new Date(0)]) {
    expect(() => canonicalJson(inCanonicalOrder(data as unknown as JsonObject))).toThrow(CanonicalJsonError);
  }
});
