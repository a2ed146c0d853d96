import { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { generateSignerKey, openCheckpoint, parseSignerKey, signCheckpoint } from '@keyfold/domain';
import { runKeyfold } from '@keyfold/testing/keyfold-command';
import type { Demands } from './demands.js';
import { ExportVerifier } from './export-verifier.js';
import type { VerificationReport } from './report.js';
import { key, lineOf, signer, treeOf } from './sample-export.testing.js';
import {
  headerLine,
  leavesTo,
  openingsAt,
  openingsLine,
  openingsNote,
  type Part,
  partLines,
  partTrailer,
  recordLines,
  sealedRecordAt,
} from './sample-parts.testing.js';

/*
 * The same as tamper.spec.ts for parts of a log and for exports with openings: what somebody who holds the file can do
 * to it.
 */

const SIZE = 14;
const LEAVES = leavesTo(SIZE);
const STRANGER = parseSignerKey(generateSignerKey(signer.name, Buffer.alloc(32, 9)));

interface Mutant {
  readonly what: string;
  readonly lines: readonly string[];
}

/** Parts that begin and end at every kind of place in the tree. */
const PARTS: readonly Part[] = [1, 2, 4, 5, 8].flatMap((from) =>
  [from, from + 2, SIZE].flatMap((to) => [true, false].map((isOpened) => ({ from, to, isOpened }))),
);
const RANGES = PARTS.filter(({ from, isOpened }) => from > 1 && !isOpened);
const OPENED = PARTS.filter(({ isOpened }) => isOpened);

const nameOf = ({ from, isOpened, to }: Part): string => `${from} to ${to}${isOpened ? ' with openings' : ''}`;

function verify(lines: readonly string[], known: readonly number[] = [], demands: Demands = {}): VerificationReport {
  const checkpoints = known.map((size) =>
    openCheckpoint(
      signCheckpoint({ origin: signer.name, size, root: treeOf(LEAVES.slice(0, size)).root() }, signer),
      key,
    ),
  );
  const verifier = new ExportVerifier(key, checkpoints, undefined, demands);
  for (const line of lines) verifier.line(Buffer.from(line), true);
  return verifier.finish();
}

function* mutantsOfParts(): Generator<Mutant> {
  for (const part of RANGES) {
    const of = (what: string, lines: readonly string[]): Mutant => ({ what: `${nameOf(part)}: ${what}`, lines });
    yield* mutantsOfTheFirstLine(part, of);
    yield* mutantsOfTheEdges(part, of);
    const [header = '', ...rest] = partLines(part, LEAVES);
    for (let position = part.from; position <= part.to; position += 1) {
      const at = position - part.from;
      const edited = lineOf(sealedRecordAt(position, { actor: 'user/mallory' }));
      yield of(`edit ${position}`, [header, ...rest.with(at, edited)]);
      yield of(`delete ${position}`, [header, ...rest.toSpliced(at, 1)]);
      yield of(`repeat ${position}`, [header, ...rest.toSpliced(at, 0, rest[at] ?? '')]);
    }
  }
}

type Named = (what: string, lines: readonly string[]) => Mutant;

function* mutantsOfTheFirstLine({ from, to }: Part, of: Named): Generator<Mutant> {
  const [header = '', ...rest] = partLines({ from, to, isOpened: false }, LEAVES);
  const { frontier } = (JSON.parse(header) as { range: { frontier: string } }).range;
  const hashes = Buffer.from(frontier, 'base64');
  const headed = (first: object): string[] => [JSON.stringify({ range: first }), ...rest];
  for (let at = 0; at < hashes.byteLength; at += 4) {
    const broken = Buffer.from(hashes);
    broken[at] = (broken[at] ?? 0) ^ 1;
    yield of(`byte ${at} of the tree before it`, headed({ from, frontier: broken.toString('base64') }));
  }
  for (const other of [from - 1, from + 1, from + 2, 2 * from])
    yield of(`as if it began at ${other}`, headed({ from: other, frontier }));
  for (const other of [2, from - 1, from + 1].filter((position) => position > 1 && position !== from)) {
    yield of(`the first line of a part from ${other}`, [headerLine(other, LEAVES), ...rest]);
    const tree = (JSON.parse(headerLine(other, LEAVES)) as { range: { frontier: string } }).range.frontier;
    yield of(`the tree before ${other}`, headed({ from, frontier: tree }));
  }
  yield of('without the first line', rest);
  yield of('with the first line twice', [header, header, ...rest]);
  yield of('a blank in the first line', [header.replace('{', '{ '), ...rest]);
  yield of('another spelling of the tree before it', [header.replace(/"}}$/, '="}}'), ...rest]);
  // A history that was edited before the part, hashed again, under the log's own last line.
  const edited = LEAVES.with(from - 2, lineOf(sealedRecordAt(from - 1, { actor: 'user/mallory' })));
  yield of('the tree of an edited history', [headerLine(from, edited), ...rest]);
  yield of('and signed by another key', [
    headerLine(from, edited),
    ...rest.slice(0, -1),
    partTrailer({ from, to, isOpened: false }, edited, STRANGER),
  ]);
}

function* mutantsOfTheEdges(part: Part, of: Named): Generator<Mutant> {
  const { from, to } = part;
  const [header = '', ...rest] = partLines(part, LEAVES);
  const last = rest.at(-1) ?? '';
  const records = rest.slice(0, -1);
  yield of('the first record missing', [header, ...rest.slice(1)]);
  yield of('the last record missing', [header, ...records.slice(0, -1), last]);
  yield of('no record', [header, last]);
  yield of('the record before it in front', [header, LEAVES[from - 2] ?? '', ...rest]);
  if (to < SIZE) yield of('the record behind it at its end', [header, ...records, LEAVES[to] ?? '', last]);
  yield of('no last line', [header, ...records]);
  yield of('a record behind the last line', [header, ...rest, LEAVES[to] ?? LEAVES[0] ?? '']);
  for (const other of [to - 1, to + 1, SIZE - 1].filter((size) => size >= from && size <= SIZE && size !== to))
    yield of(`the last line of a part to ${other}`, [
      header,
      ...records,
      partTrailer({ from, to: other, isOpened: false }, LEAVES),
    ]);
  const elsewhere = from > 3 ? from - 2 : from + 2;
  const others = recordLines({ from: elsewhere, to: elsewhere + to - from, isOpened: false }, LEAVES);
  yield of(`the records from ${elsewhere} on`, [header, ...others, last]);
}

function* mutantsOfOpenings(): Generator<Mutant> {
  for (const part of OPENED) {
    const honest = partLines(part, LEAVES);
    const of = (what: string, lines: readonly string[]): Mutant => ({ what: `${nameOf(part)}: ${what}`, lines });
    yield* mutantsOfTheNote(part, of);
    for (let position = part.from; position <= part.to; position += 1) {
      const own = openingsLine(position);
      const at = honest.indexOf(own);
      const leaf = honest.indexOf(LEAVES[position - 1] ?? '');
      const further = openingsLine(position, { x: openingsAt(1)['name'] ?? { salt: '', value: null } });
      yield of(`${position}: openings of no field`, honest.toSpliced(leaf + 1, 0, openingsLine(position, {})));
      yield of(`${position}: openings of another field`, honest.toSpliced(leaf + 1, 0, further));
      if (at === -1) continue;
      yield* mutantsOfALine(position, (what, lines) => of(`${position}: ${what}`, lines), { at, honest });
    }
  }
}

function* mutantsOfALine(
  position: number,
  of: Named,
  { at, honest }: { readonly at: number; readonly honest: readonly string[] },
): Generator<Mutant> {
  const own = openingsLine(position);
  const opened = Object.entries(openingsAt(position));
  const put = (line: string): string[] => honest.with(at, line);
  yield of('left out', honest.toSpliced(at, 1));
  yield of('twice', honest.toSpliced(at, 0, own));
  yield of('in front of its record', honest.toSpliced(at, 1).toSpliced(at - 1, 0, own));
  yield of('behind the next record', honest.toSpliced(at, 1).toSpliced(at + 1, 0, own));
  yield of('behind the last line', [...honest.toSpliced(at, 1), own]);
  yield of('of another position', put(openingsLine(position + 1, openingsAt(position))));
  yield of('those of another record', put(openingsLine(position, openingsAt(position === 1 ? 2 : 1))));
  yield of('a blank', put(`${own} `));
  yield of('its members in another order', put(JSON.stringify({ position, openings: openingsAt(position) })));
  yield of('a member twice', put(own.replace('{"openings":', '{"openings":{},"openings":')));
  yield of('no JSON', put(own.slice(0, -1)));
  for (const [field, opening] of opened) {
    const changed = (change: object): string =>
      openingsLine(position, { ...openingsAt(position), [field]: { ...opening, ...change } });
    yield of(`${field}: another value`, put(changed({ value: 'mallory' })));
    yield of(`${field}: null`, put(changed({ value: null })));
    yield of(`${field}: another salt`, put(changed({ salt: 'A'.repeat(43) })));
    yield of(`${field}: a further member`, put(changed({ more: 1 })));
    const others = opened.filter(([name]) => name !== field);
    yield of(`${field}: left out`, put(openingsLine(position, Object.fromEntries(others))));
    yield of(`${field}: under another name`, put(own.replace(`"${field}":`, '"email":')));
  }
}

function* mutantsOfTheNote(part: Part, of: Named): Generator<Mutant> {
  const lines = recordLines(part, LEAVES);
  const header = part.from === 1 ? [] : [headerLine(part.from, LEAVES)];
  const hasOpenings = lines.some((line) => line.startsWith('{"openings"'));
  const trailer = withoutNote(partTrailer(part, LEAVES));
  const ended = (openings: unknown, kept = lines): string[] => [
    ...header,
    ...kept,
    JSON.stringify({ ...trailer, ...(openings === undefined ? {} : { openings }) }),
  ];
  const redacted = lines.filter((line) => !line.startsWith('{"openings"'));
  const first = lines.findIndex((line) => line.startsWith('{"openings"'));
  for (const [what, openings] of [
    ['another part', openingsNote({ ...part, to: part.to + 1 }, lines)],
    ['another beginning', openingsNote({ ...part, from: part.from + 1 }, lines)],
    ['another key', openingsNote(part, lines, STRANGER)],
    ['a log that has other openings', openingsNote(part, [...lines, openingsLine(1)])],
    ['no form', 'x'],
    ['another type', 7],
  ] as const)
    yield of(`the note of ${what}`, ended(openings));
  if (!hasOpenings) return;
  yield of('no note', ended(undefined));
  yield of('the note, but no openings', ended(openingsNote(part, lines), redacted));
  yield of('the note of no openings', ended(openingsNote(part, [])));
  // Without any of them it is an honest export that has none.
  if (lines.length === redacted.length + 1) return;
  yield of('one left out, and no note', ended(undefined, lines.toSpliced(first, 1)));
  yield of(
    'one left out, and signed by another key',
    ended(openingsNote(part, lines.toSpliced(first, 1), STRANGER), lines.toSpliced(first, 1)),
  );
}

function withoutNote(trailer: string): object {
  const members = Object.entries(JSON.parse(trailer) as object).filter(([name]) => name !== 'openings');
  return Object.fromEntries(members);
}

describe('of a tampered part or opening', () => {
  test.each([
    ['parts', mutantsOfParts],
    ['openings', mutantsOfOpenings],
  ] as const)('none of a generated family of %s is taken', (_what, mutants) => {
    const all = [...mutants()];
    expect(all.length).toBeGreaterThan(500);
    expect(new Set(all.map(({ lines }) => lines.join('\n'))).size).toBeGreaterThan(500);
    const reports = all.map(({ lines }) => verify(lines));
    expect(all.filter((_, nth) => reports[nth]?.ok !== false).map(({ what }) => what)).toEqual([]);
    expect(reports.every(({ findings: [first] }) => first !== undefined && first.reason !== '')).toBe(true);
    // No finding says what an opening holds.
    expect(JSON.stringify(reports)).not.toMatch(/value \d of|mallory/);
  });

  test('none is taken without the sealed values where these are demanded, however they were taken away', () => {
    const demands: Demands = { requiresOpenings: true };
    for (const part of OPENED) {
      expect(verify(partLines(part, LEAVES), [], demands).findings).toEqual([]);
      // Openings and note taken away together leave the honest export that was made without them.
      const stripped = partLines({ ...part, isOpened: false }, LEAVES);
      expect(verify(stripped).ok).toBe(true);
      const [finding, ...others] = verify(stripped, [], demands).findings;
      expect(finding).toMatchObject({
        code: 'OPENINGS',
        reason: expect.stringContaining('neither these nor the note'),
      });
      expect(others).toEqual([]);
    }
    const taken = [...mutantsOfOpenings()].filter(({ lines }) => verify(lines, [], demands).ok);
    expect(taken.map(({ what }) => what)).toEqual([]);
  });

  test('a part of another history is refused by the checkpoint that was kept', () => {
    for (const { from, to } of RANGES) {
      const edited = LEAVES.with(0, lineOf(sealedRecordAt(1, { actor: 'user/mallory' })));
      const forked = [
        headerLine(from, edited),
        ...recordLines({ from, to, isOpened: false }, edited),
        partTrailer({ from, to, isOpened: false }, edited),
      ];
      expect(verify(forked).ok).toBe(true);
      expect(verify(forked, [from - 1]).ok).toBe(false);
      expect(verify(forked, [to]).ok).toBe(false);
    }
  });
});

describe('an honest export', () => {
  const compressions = [
    ['plain', (text: string): Uint8Array => Buffer.from(text)],
    ['gzip', (text: string): Uint8Array => gzipSync(text)],
    ['zstd', (text: string): Uint8Array => zstdCompressSync(text)],
  ] as const;

  test('is taken in every combination of range, openings and kept checkpoints', () => {
    for (const part of PARTS) {
      const lines = partLines(part, LEAVES);
      const known = [part.from - 1, part.from, part.to].filter((size) => size > 0);
      expect(verify(lines)).toMatchObject({
        ok: true,
        from: part.from,
        records: part.to - part.from + 1,
        findings: [],
      });
      expect(verify(lines, known).findings).toEqual([]);
    }
  });

  test.each(compressions)('is taken by the command line, %s, and cut off it is not', async (_name, compress) => {
    for (const part of PARTS.filter(({ to }) => to === SIZE)) {
      const bytes = compress(`${partLines(part, LEAVES).join('\n')}\n`);
      const run = (input: Uint8Array): ReturnType<typeof runKeyfold> =>
        runKeyfold(['verify', '-', '--json', '--key', key.verifierKey], { stdin: Readable.from([Buffer.from(input)]) });
      expect(await run(bytes)).toMatchObject({ code: 0, err: '' });
      expect((await run(bytes.subarray(0, bytes.length / 2))).code).not.toBe(0);
    }
  });

  test('says whether it has openings, and of how many records', () => {
    const counts = PARTS.map((part) => verify(partLines(part, LEAVES)).openings);
    const due = PARTS.map((part) =>
      part.isOpened ? recordLines(part, LEAVES).filter((line) => line.startsWith('{"openings"')).length : null,
    );
    expect(counts).toEqual(due);
  });

  test('of a version that signed no openings is taken when asked for, each opening still its own', () => {
    const part: Part = { from: 1, to: SIZE, isOpened: true };
    const [last = '', ...before] = partLines(part, LEAVES).reverse();
    const unsigned = [...before.reverse(), JSON.stringify(withoutNote(last))];
    const taken = (lines: readonly string[]): boolean => {
      return verify(lines, [], { takesUnsignedOpenings: true }).ok;
    };
    expect(verify(unsigned).ok).toBe(false);
    expect(taken(unsigned)).toBe(true);
    expect(taken(unsigned.map((line) => line.replace('value 1 of 1"', 'value 1 of 2"')))).toBe(false);
  });
});
