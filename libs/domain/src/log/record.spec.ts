import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, type JsonValue, MAX_JSON_DEPTH } from './canonical-json.js';
import { decodeLeaf, encodeLeaf, type LogRecord, MAX_LEAF_BYTES, RecordError } from './record.js';
import { sealValue } from './sealed.js';

const COMMITMENT = sealValue('alice', Buffer.alloc(32, 1)).commitment;
const RECORD: LogRecord = {
  position: 7,
  stream: 'user/0198c5b1-7c2b-7aaa-8000-000000000000',
  version: 1,
  type: 'UserCreated',
  schemaVersion: 1,
  recordedAt: '2026-02-28T23:59:59.999Z',
  actor: 'system',
  correlationId: '0198c5b1-7c2b-7aaa-8000-000000000001',
  data: { supervisorId: null },
  sealed: { username: COMMITMENT },
};
const LEAF =
  '{"actor":"system","correlationId":"0198c5b1-7c2b-7aaa-8000-000000000001","data":{"supervisorId":null},"position":7,' +
  '"recordedAt":"2026-02-28T23:59:59.999Z","schemaVersion":1,"sealed":{"username":"' +
  `${COMMITMENT}"},"stream":"user/0198c5b1-7c2b-7aaa-8000-000000000000","type":"UserCreated","version":1}`;

const count = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,40}$/);
const category = fc.constantFrom('settings', 'role', 'user', 'api-key', 'audit', 'journal', 'log');
const commitment = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((b) => Buffer.from(b).toString('base64url'));
const record: fc.Arbitrary<LogRecord> = fc.record({
  position: count,
  stream: fc.tuple(category, id).map((parts) => parts.join('/')),
  version: count,
  type: fc.stringMatching(/^[A-Z][A-Za-z0-9]{0,63}$/),
  schemaVersion: count,
  recordedAt: fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }).map(iso),
  actor: fc.oneof(
    fc.constant('system'),
    id.map((user) => `user/${user}`),
  ),
  correlationId: fc.oneof(fc.uuid(), fc.stringMatching(/^[\x21-\x7e]{1,40}$/)),
  data: fc.dictionary(
    fc.string({ unit: 'binary' }),
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.maxSafeInteger(),
      fc.constant(null),
      fc.boolean(),
      fc.array(fc.string()),
    ),
    { maxKeys: 5 },
  ),
  sealed: fc.dictionary(fc.stringMatching(/^[a-z][A-Za-z0-9]{0,10}$/), commitment, { maxKeys: 3 }),
});

function iso(date: Date): string {
  return date.toISOString();
}

/** Whether the bytes are a record in canonical form: encodes it again, unlike the reader with its shorter way. */
function isCanonicalLeaf(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return encodeLeaf(JSON.parse(text) as LogRecord).equals(bytes); // encodeLeaf checks each member.
  } catch {
    return false;
  }
}

function withMember(name: string, value: unknown): LogRecord {
  return { ...RECORD, [name]: value };
}

describe('leaf bytes', () => {
  test('a record is the canonical JSON of its ten members', () => {
    expect(encodeLeaf(RECORD).toString()).toBe(LEAF);
  });

  test('every record reads back the same, from exactly its own bytes', () => {
    fc.assert(
      fc.property(record, (original) => {
        const leaf = encodeLeaf(original);
        expect(leaf.toString()).toBe(canonicalJson(original as unknown as JsonValue));
        const decoded = decodeLeaf(new Uint8Array(leaf));
        expect(decoded).toEqual(JSON.parse(JSON.stringify(original)));
        expect(encodeLeaf(decoded).equals(leaf)).toBe(true);
        expect(isCanonicalLeaf(leaf)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('names of digits, which the engine has in an order of its own, read back in the canonical one alone', () => {
    const leaf = encodeLeaf({ ...RECORD, data: { 9: 'nine', 10: 'ten', a: { 2: [], 100: {} } } });
    const text = '"data":{"10":"ten","9":"nine","a":{"100":{},"2":[]}}';
    expect(leaf.toString()).toContain(text);
    expect(decodeLeaf(leaf).data).toEqual({ 9: 'nine', 10: 'ten', a: { 2: [], 100: {} } });
    const inOrderOfTheEngine = leaf.toString().replace(text, '"data":{"9":"nine","10":"ten","a":{"2":[],"100":{}}}');
    expect(() => decodeLeaf(Buffer.from(inOrderOfTheEngine))).toThrow(RecordError);
  });

  test('members in any other order are refused: of the record, of what is sealed, deep in data', () => {
    const leaf = encodeLeaf({ ...RECORD, data: { a: [{ b: 1, c: 2 }] }, sealed: { a: COMMITMENT, b: COMMITMENT } });
    const text = leaf.toString();
    const swapped = [
      text.replace(/("schemaVersion":1),("sealed":.*?}),/, '$2,$1,'),
      text.replace(/(,"type":"UserCreated")(,"version":1)/, '$2$1'),
      text.replace(/("a":"[^"]*"),("b":"[^"]*")/, '$2,$1'),
      text.replace('"b":1,"c":2', '"c":2,"b":1'),
    ];
    for (const other of swapped) {
      expect(JSON.parse(other)).toEqual(JSON.parse(text));
      expect(other).not.toBe(text);
      expect(() => decodeLeaf(Buffer.from(other))).toThrow(RecordError);
    }
  });

  test('data may be as deep as the record as a whole', () => {
    const nested = (levels: number): JsonValue => (levels === 0 ? 0 : [nested(levels - 1)]);
    // The record is one level, data another.
    const deepest = { ...RECORD, data: { a: nested(MAX_JSON_DEPTH - 2) } };
    expect(encodeLeaf(deepest).toString()).toBe(canonicalJson(deepest));
    const deeper = { ...RECORD, data: { a: nested(MAX_JSON_DEPTH - 1) } };
    expect(() => canonicalJson(deeper)).toThrow();
    expect(() => encodeLeaf(deeper)).toThrow(RecordError);
  });

  test('a leaf with any byte changed is refused or says something else, and auditor and reader agree', () => {
    const leaf = encodeLeaf(RECORD);
    fc.assert(
      fc.property(fc.nat(leaf.byteLength - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(leaf);
        changed[at] = (changed[at] ?? 0) ^ change;
        let decoded: LogRecord | null = null;
        try {
          decoded = decodeLeaf(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(RecordError);
        }
        expect(isCanonicalLeaf(changed)).toBe(decoded !== null);
        expect(decoded).not.toEqual(RECORD);
      }),
      { numRuns: 1000 },
    );
  });

  test.each<[string, unknown]>([
    ['position', 0],
    ['position', 1.5],
    ['position', 2 ** 53],
    ['position', '1'],
    ['stream', 'user'],
    ['stream', 'user/'],
    ['stream', 'User/1'],
    ['stream', 'user/1/2'],
    ['stream', 'user/ä'],
    ['stream', `user/${'a'.repeat(129)}`],
    ['stream', 'user/a\n'],
    ['version', 0],
    ['type', 'created'],
    ['type', ''],
    ['schemaVersion', 0],
    ['schemaVersion', null],
    ['recordedAt', '2026-02-28T23:59:59Z'],
    ['recordedAt', '2026-02-28T23:59:59.999+00:00'],
    ['recordedAt', '2026-02-29T00:00:00.000Z'],
    ['recordedAt', '2100-02-29T00:00:00.000Z'],
    ['recordedAt', '2026-04-31T00:00:00.000Z'],
    ['recordedAt', '2026-13-01T00:00:00.000Z'],
    ['recordedAt', '2026-01-01T24:00:00.000Z'],
    ['recordedAt', '2026-01-01T23:59:60.000Z'],
    ['actor', 'alice'],
    ['actor', ''],
    ['correlationId', ''],
    ['correlationId', 'a b'],
    ['correlationId', 'x'.repeat(129)],
    ['data', null],
    ['data', []],
    ['data', { a: 0.5 }],
    ['data', { a: '\ud800' }],
    ['data', { a: undefined }],
    ['sealed', []],
    ['sealed', { username: 'alice' }],
    ['sealed', { username: `${COMMITMENT.slice(0, -1)}_` }],
    ['sealed', { 'user name': COMMITMENT }],
    ['sealed', JSON.parse(`{"__proto__":"${COMMITMENT}"}`)],
    ['extra', 1],
  ])('a record whose %s is %j is refused in both directions', (name, value) => {
    expect(() => encodeLeaf(withMember(name, value))).toThrow(RecordError);
    expect(() => decodeLeaf(Buffer.from(JSON.stringify(withMember(name, value))))).toThrow(RecordError);
  });

  test.each(['2024-02-29T00:00:00.000Z', '2000-02-29T00:00:00.000Z', '2026-12-31T23:59:59.999Z'])(
    'recordedAt may be %s',
    (recordedAt) => {
      expect(decodeLeaf(encodeLeaf({ ...RECORD, recordedAt })).recordedAt).toBe(recordedAt);
    },
  );

  test.each(Object.keys(RECORD))('a record without %s is refused', (name) => {
    const rest = Object.fromEntries(Object.entries(RECORD).filter(([member]) => member !== name));
    expect(() => encodeLeaf(rest as unknown as LogRecord)).toThrow(RecordError);
    expect(() => encodeLeaf({ ...rest, other: 1 } as unknown as LogRecord)).toThrow(RecordError);
  });

  test.each<[string, string]>([
    ['a member twice', LEAF.replace('"position":7', '"position":6,"position":7')],
    ['a member of the data twice', LEAF.replace('{"supervisorId":null}', '{"supervisorId":"x","supervisorId":null}')],
    ['white space', LEAF.replace('"position":7', '"position": 7')],
    ['a trailing newline', `${LEAF}\n`],
    ['a byte order mark', `\ufeff${LEAF}`],
    ['another order', LEAF.replace(/("position":7),(.*),("version":1)/, '$3,$2,$1')],
    ['another order in the data', LEAF.replace('{"supervisorId":null}', '{"b":1,"a":2}')],
    ['another spelling of a number', LEAF.replace('"position":7', '"position":7.0')],
    ['minus zero', LEAF.replace('{"supervisorId":null}', '{"a":-0}')],
    ['a needless escape', LEAF.replace('"system"', '"\\u0073ystem"')],
    ['an escaped lone surrogate', LEAF.replace('{"supervisorId":null}', '{"a":"\\ud800"}')],
    ['nothing', ''],
    ['an array', '[]'],
    ['null', 'null'],
    ['half of it', LEAF.slice(0, 100)],
    ['deep nesting', LEAF.replace('null', '['.repeat(10_000) + ']'.repeat(10_000))],
  ])('%s is no leaf', (_, text) => {
    expect(() => decodeLeaf(Buffer.from(text))).toThrow(RecordError);
    expect(isCanonicalLeaf(Buffer.from(text))).toBe(false);
  });

  test('bytes that are not UTF-8 are no leaf', () => {
    const leaf = Buffer.from(LEAF.replace('null', '"?"'));
    leaf[leaf.indexOf('?')] = 0xff;
    expect(() => decodeLeaf(leaf)).toThrow('not UTF-8');
  });

  test('an error never quotes the record', () => {
    expect(() => decodeLeaf(Buffer.from('{"secret-word'))).toThrow(/^not JSON$/);
  });

  test('a leaf has at most 65,535 bytes', () => {
    const room = MAX_LEAF_BYTES - encodeLeaf({ ...RECORD, data: { a: '' } }).byteLength;
    const largest = encodeLeaf({ ...RECORD, data: { a: 'x'.repeat(room) } });
    expect(largest).toHaveLength(MAX_LEAF_BYTES);
    expect(decodeLeaf(largest).data['a']).toHaveLength(room);
    expect(() => encodeLeaf({ ...RECORD, data: { a: 'x'.repeat(room + 1) } })).toThrow(RecordError);
    const tooLarge = Buffer.from(largest.toString().replace('"a":"x', '"a":"xx'));
    expect(() => decodeLeaf(tooLarge)).toThrow(RecordError);
  });
});
