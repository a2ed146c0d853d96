import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { opened, phcHash } from '../../test/test-log.js';
import {
  decodeLeaf,
  generateCosignerKey,
  generateSignerKey,
  type JsonObject,
  type JsonValue,
  type LogRecord,
  type Opening,
  parseCosignerKey,
  parseSignerKey,
} from '../log/index.js';
import type { EventShape } from './event-shapes.js';
import { EVENT_UPCASTERS } from './events.upcasters.js';
import { EVENT_SHAPES, LOG_EVENT_SHAPES, readEvent } from './index.js';
import * as checks from './value-checks.js';
import { membersTaken, type ValueCheck } from './value-checks.js';

/*
 * A value that an older reader refuses makes what it concerns unusable there, in its tables and so beyond its upgrade.
 * A schemaVersion that it does not know stops it, until it is upgraded. So a released shape takes for ever what it took
 * on the day of its release: no less, or records of the log could not be read any more, and no more, or older readers
 * would refuse them. A change is a new schemaVersion (events.upcasters.ts), and its own lines in released-shapes.json;
 * those that are there are never edited.
 */
const released = JSON.parse(readFileSync(join(import.meta.dirname, 'released-shapes.json'), 'utf8')) as {
  readonly shapes: Readonly<Record<string, JsonObject>>;
  readonly texts: Readonly<Record<string, JsonObject>>;
  readonly changed: Readonly<Record<string, JsonObject>>;
};

const shapes: readonly EventShape<string>[] = [
  ...EVENT_SHAPES,
  ...EVENT_UPCASTERS.map(({ from }) => from),
  ...LOG_EVENT_SHAPES,
];

test('each shape is made of the checks that it was released with', () => {
  const made = shapes.map(({ category, data, rule, schemaVersion, sealed, type }) => [
    `${category} ${type} ${schemaVersion}`,
    { data: membersTaken(data), sealed: membersTaken(sealed), rule: rule?.name ?? null },
  ]);
  expect(Object.fromEntries(made)).toEqual(released.shapes);
});

describe('each check of a text takes what it took', () => {
  const texts: readonly { readonly name: string; readonly accepts: ValueCheck }[] = Object.values(checks)
    .filter((value) => typeof value === 'function' && 'takes' in value)
    .flatMap((accepts) => {
      const name = (accepts.takes as JsonObject)['text'];
      return typeof name === 'string' ? [{ name, accepts }] : [];
    });

  test('and there are no others', () => {
    expect(texts.map(({ name }) => name).sort()).toEqual(Object.keys(released.texts).sort());
    expect(Object.keys(EXAMPLES).sort()).toEqual(Object.keys(released.texts).sort());
  });

  test.each(texts)('$name', ({ accepts, name }) => {
    expect(soundings(name, accepts)).toEqual(released.texts[name]);
  });
});

describe('a record with one value changed reads as it did', () => {
  const folder = join(import.meta.dirname, 'fixtures');
  test.each(readdirSync(folder))('%s', (file) => {
    const { leaf, openings } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
      readonly leaf: string;
      readonly openings: Readonly<Record<string, Opening>>;
    };
    expect(changes(decodeLeaf(Buffer.from(leaf)), openings)).toEqual(released.changed[file]);
  });
});

const PROCESS_KEY = parseCosignerKey(generateCosignerKey('gw-1/0', Buffer.alloc(32, 1))).verifierKey;
const LOG_KEY = parseSignerKey(generateSignerKey('gw-1/0', Buffer.alloc(32, 1))).verifierKey;

/** Texts that are taken, to be varied, and others that are asked for as they are. */
const EXAMPLES: Readonly<Record<string, readonly [string, ...string[]]>> = {
  id: ['aB3', '.a', '-a', 'a/b'],
  username: ['anna', 'Anna', 'a b', '\u212aate'],
  usernameWithApostrophes: ['anna', 'Anna', 'a b', '\u212aate', "o'brien"],
  roleName: ['Ops', ' ', '😀'],
  keyName: ['my key', '😀'.repeat(100), '😀'.repeat(101), '\ud800', ' '],
  hint: ['aB3x', 'aB3', 'aB3xy'],
  freeText: ['text', '😀'.repeat(1_000), '😀'.repeat(1_001), '\ud800', '\n'],
  oidcText: ['text', '😀'.repeat(1_000), '😀'.repeat(1_001), '\ud800', '\n'],
  scope: ['read', 'a:b.c_d-e', ':a', 'a b', 'a,b'],
  instant: [
    '2026-03-01T12:00:00.000Z',
    '2026-03-01T12:00:00Z',
    '2026-03-01T12:00:00.000+00:00',
    '2026-03-01t12:00:00.000z',
    '2026-02-29T12:00:00.000Z',
    '2024-02-29T12:00:00.000Z',
    '2026-03-01T24:00:00.000Z',
    '2026-03-01T23:59:60.000Z',
    '0000-01-01T00:00:00.000Z',
    '9999-12-31T23:59:59.999Z',
    '+010000-01-01T00:00:00.000Z',
  ],
  ipRange: [
    '10.0.0.0/8',
    ...['10.0.0.1/8', '10.0.0.0', '10.0.0.0/33', '010.0.0.0/8', '0.0.0.0/0', '1.2.3.4/32', '10/8', '0x0a.0.0.0/8'],
    ...['::/0', '::1/128', '2001:db8::/32', '2001:DB8::/32', '2001:db8::1/32', '::/129', '::ffff:10.0.0.0/104'],
    ...['::ffff:0:0/96', 'fe80::1%eth0/64', '', ' 10.0.0.0/8'],
  ],
  argon2Hash: [phcHash(), ...hashes()],
  gatewayId: ['aB3', '.a', '-a', 'a/b', 'a.b_c-d'],
  logOrigin: ['keyfold.local/x', 'a', 'a+b', 'a b', '\ud800'],
  checkpointText: [
    `a\n1\n${'A'.repeat(43)}=\n`,
    ...[
      `a\n1\n${'A'.repeat(43)}=\n\n— a AAAA\n`,
      `a\n01\n${'A'.repeat(43)}=\n`,
      `a\n1\n${'A'.repeat(44)}\n`,
      'a\n1\n',
      'a',
    ],
  ],
  anyGatewayId: ['aB3', 'a b', 'a/b', '\u00e4'],
  processSlot: ['17', '0', '00', '01', '9999', '10000', '-1', '1.0'],
  processKey: [PROCESS_KEY, PROCESS_KEY.replace('/0', '/1'), LOG_KEY, 'gw-1/0', ''],
};

function* hashes(): Generator<string, void, undefined> {
  const bytes = (length: number): string => Buffer.alloc(length, 7).toString('base64').replaceAll('=', '');
  const hash = (parameters: string, salt = 16, length = 32): string =>
    `$argon2id$v=19$${parameters}$${bytes(salt)}$${bytes(length)}`;
  for (const memory of [7_167, 7_168, 35_840, 65_536, 262_144, 262_145])
    for (const time of [1, 4, 5, 16, 17]) yield hash(`m=${memory},t=${time},p=1`);
  for (const lanes of [0, 8, 9]) yield hash(`m=19456,p=${lanes},t=2`);
  for (const length of [15, 16, 32, 64, 65])
    yield* [hash('m=19456,t=2,p=1', length), hash('m=19456,t=2,p=1', 16, length)];
  yield* [hash('m=19456,t=2,p=1').replace('19$', '16$'), hash('m=19456,t=2,p=1').replace('2id', '2i')];
}

/**
 * Letters, signs and controls of ASCII and Latin, and what has fooled others: other spaces, look-alikes, halves of
 * pairs.
 */
const CHARACTERS: readonly number[] = [
  ...Array.from({ length: 0x180 }, (_, code) => code),
  ...[0x200b, 0x200e, 0x2028, 0x202e, 0x212a, 0xd800, 0xdfff, 0xfeff, 0xfffd, 0x1f600, 0x10ffff],
];

/**
 * What a check says to variations of a text: each character in its first, middle and last place, each length, and the
 * examples.
 */
function soundings(name: string, accepts: ValueCheck): JsonObject {
  const [seed = '', ...others] = EXAMPLES[name] ?? [];
  const characters = (place: number): string =>
    ranges(
      CHARACTERS.filter((code) => accepts(seed.slice(0, place) + String.fromCodePoint(code) + seed.slice(place + 1))),
    );
  const lengths = Array.from({ length: 2_002 }, (_, length) => length);
  return {
    first: characters(0),
    middle: characters(Math.floor(seed.length / 2)),
    last: characters(seed.length - 1),
    lengths: ranges(lengths.filter((length) => accepts((seed[0] ?? '').repeat(length)))),
    examples: others
      .map(accepts)
      .map((isTaken) => (isTaken ? '+' : '-'))
      .join(''),
    noTexts: [null, 0, true, [], {}, [seed]].filter((value) => accepts(value)),
  };
}

/** Rising numbers as text: `1-128 200`. */
function ranges(numbers: readonly number[]): string {
  const found: [number, number][] = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  return found.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(' ');
}

const VALUES: readonly JsonValue[] = [
  ...[null, true, false, 0, 1, -1, 0.5, 180, 181, 86_400, 86_401, 1_000_000, 1_000_001, 2_592_000, 2_592_001],
  ...['', 'x', 'off', 'KEY_COMPROMISE', 'users.read', '2026-03-01T12:00:00.000Z'],
  ...[[], {}, ['x'], ['x', 'x'], ['users.read'], { days: 1 }, { requests: 1, seconds: 1 }, { more: 1 }],
];

/** By the path of each value of a record: which others may stand there; `+` for a further member, `-` for none. */
function changes(record: LogRecord, openings: Readonly<Record<string, Opening>>): JsonObject {
  const isRead = (data: JsonObject, opening = openings, sealed = record.sealed): boolean =>
    readEvent({ ...record, data, sealed }, opening).kind === 'event';
  const found: Record<string, JsonValue> = {};
  const note = (path: string, tried: readonly (readonly [string, boolean])[]): void => {
    found[path] = tried.flatMap(([what, isTaken]) => (isTaken ? [what] : [])).join(' ');
  };
  for (const [path, put] of places('data', record.data)) {
    const values = VALUES.map((value) => [JSON.stringify(value), isRead(put(value) as JsonObject)] as const);
    note(path, [...values, ['-', isRead(put(undefined) as JsonObject)]]);
  }
  note('data', [['+', isRead({ ...record.data, more: 1 })]]);
  for (const name of Object.keys(record.sealed)) {
    const values = VALUES.map(
      (value) => [JSON.stringify(value), isRead(record.data, { ...openings, [name]: opened(value) })] as const,
    );
    const { [name]: gone, ...rest } = record.sealed;
    note(`sealed.${name}`, [...values, ['-', gone !== undefined && isRead(record.data, openings, rest)]]);
  }
  note('sealed', [['+', isRead(record.data, openings, { ...record.sealed, more: 'commitment' })]]);
  return found;
}

type Put = (value: JsonValue | undefined) => JsonValue;

/** Every member below an object, with what puts another value in its place. */
function* places(path: string, value: JsonValue): Generator<[string, Put], void, undefined> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  const object = value as JsonObject;
  for (const [name, member] of Object.entries(object)) {
    const put: Put = (other) => {
      const others = Object.entries(object).filter(([key]) => key !== name);
      return Object.fromEntries(other === undefined ? others : [...others, [name, other]]);
    };
    yield [`${path}.${name}`, put];
    for (const [below, putBelow] of places(`${path}.${name}`, member)) yield [below, (other) => put(putBelow(other))];
  }
}
