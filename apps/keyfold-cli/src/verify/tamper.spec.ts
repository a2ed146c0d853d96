import { describe, expect, test } from '@jest/globals';
import {
  certifyCosigner,
  type Checkpoint,
  cosign,
  encodeExportTrailer,
  generateCosignerKey,
  generateSignerKey,
  logCosigner,
  type LogRecord,
  type NoteSigner,
  openCheckpoint,
  parseCosignerKey,
  parseSignerKey,
  parseTlogPolicy,
  signCheckpoint,
} from '@keyfold/domain';
import type { Demands } from './demands.js';
import { ExportVerifier } from './export-verifier.js';
import type { VerificationReport } from './report.js';
import { key, lineOf, recordAt, recordsTo, signer, treeOf } from './sample-export.testing.js';

/*
 * What somebody who holds the export, the database or even the log's key can do to it, as a generated family; each one
 * must be refused.
 */

const SIZE = 24;
const AT = 1_780_000_000;
const SIGNER_KEY = generateSignerKey(signer.name, Buffer.alloc(32, 1));
const CLOCK = logCosigner(SIGNER_KEY);
const WITNESS = parseCosignerKey(generateCosignerKey('witness.example/w', Buffer.alloc(32, 7)));
const STRANGER = parseSignerKey(generateSignerKey(signer.name, Buffer.alloc(32, 9)));
const OTHER_LOG = parseSignerKey(generateSignerKey('keyfold.local/other', Buffer.alloc(32, 1)));
const POLICY = parseTlogPolicy(`witness w ${WITNESS.verifierKey}\nquorum w\n`);
const LINES = recordsTo(SIZE).map(lineOf);

interface Options {
  readonly known?: readonly Checkpoint[];
  readonly demands?: Demands;
}

interface Mutant extends Options {
  readonly what: string;
  readonly lines: readonly string[];
}

/** The last line as the log makes it over these lines, with its time and a witness's cosignature. */
function trailer(lines: readonly string[], by: NoteSigner = signer, atSeconds = AT): string {
  const checkpoint = signCheckpoint({ origin: by.name, size: lines.length, root: treeOf(lines).root() }, by);
  const cosigned = cosign(cosign(checkpoint, CLOCK, atSeconds), WITNESS, atSeconds);
  const subtrees = treeOf(lines).list();
  return encodeExportTrailer({ checkpoint: cosigned, subtrees, cosigner: certifyCosigner(CLOCK, by) });
}

function checkpointOf(lines: readonly string[]): Checkpoint {
  return openCheckpoint(
    signCheckpoint({ origin: signer.name, size: lines.length, root: treeOf(lines).root() }, signer),
    key,
  );
}

function verify(lines: readonly string[], { demands, known = [] }: Options = {}): VerificationReport {
  const verifier = new ExportVerifier(key, known, undefined, demands);
  for (const line of lines) verifier.line(Buffer.from(line), true);
  return verifier.finish();
}

const HONEST = trailer(LINES);
const EVERYTHING: Options = {
  known: [checkpointOf(LINES.slice(0, 5)), checkpointOf(LINES)],
  demands: { notBeforeSeconds: AT, policy: POLICY },
};

const EDITS: Readonly<Record<string, (record: LogRecord) => Partial<LogRecord>>> = {
  actor: () => ({ actor: 'user/mallory' }),
  correlationId: () => ({ correlationId: 'c-other' }),
  data: () => ({ data: { reason: 'KEY_COMPROMISE' } }),
  position: ({ position }) => ({ position: position + 1 }),
  recordedAt: ({ recordedAt }) => ({ recordedAt: recordedAt.replace('.000Z', '.001Z') }),
  schemaVersion: () => ({ schemaVersion: 2 }),
  sealed: () => ({ sealed: { note: 'A'.repeat(43) } }),
  stream: () => ({ stream: 'api-key/other' }),
  type: () => ({ type: 'ApiKeyIssued' }),
  version: ({ version }) => ({ version: version + 1 }),
};

function* mutants(): Generator<Mutant> {
  yield* editsAndMoves();
  yield* otherSignatures();
  yield* withWhatIsKept();
}

function* editsAndMoves(): Generator<Mutant> {
  const at = (index: number): string => LINES[index] ?? '';
  for (let index = 0; index < SIZE; index += 1) {
    const position = index + 1;
    const [before, after] = [LINES.slice(0, index), LINES.slice(index + 1)];
    for (const [member, edit] of Object.entries(EDITS)) {
      const edited = lineOf(recordAt(position, edit(recordAt(position))));
      yield { what: `edit ${member} of ${position}`, lines: [...before, edited, ...after, HONEST] };
      const all = [...before, edited, ...after];
      const own = trailer(all, STRANGER);
      yield { what: `edit ${member} of ${position}, hashed again to the end by another key`, lines: [...all, own] };
    }
    yield { what: `delete ${position}`, lines: [...before, ...after, HONEST] };
    yield { what: `repeat ${position}`, lines: [...before, at(index), at(index), ...after, HONEST] };
    yield {
      what: `insert before ${position}`,
      lines: [...before, lineOf(recordAt(position, { actor: 'system' })), at(index), ...after, HONEST],
    };
    yield { what: `blank in ${position}`, lines: [...before, `${at(index)} `, ...after, HONEST] };
    if (index > 0)
      yield {
        what: `swap ${position}`,
        lines: [...LINES.slice(0, index - 1), at(index), at(index - 1), ...after, HONEST],
      };
    if (index > 0) yield { what: `cut behind ${index}`, lines: [...before, HONEST] };
    if (index > 0) yield { what: `no last line behind ${index}`, lines: before };
  }
  yield { what: 'no last line', lines: LINES };
  yield { what: 'more behind the last line', lines: [...LINES, HONEST, at(0)] };
}

function* otherSignatures(): Generator<Mutant> {
  yield { what: 'another key', lines: [...LINES, trailer(LINES, STRANGER)] };
  yield { what: 'another origin', lines: [...LINES, trailer(LINES, OTHER_LOG)] };
  const { checkpoint, ...rest } = JSON.parse(HONEST) as { checkpoint: string };
  for (const [nth, line] of checkpoint.split('\n').entries()) {
    const [mark, name, encoded] = line.startsWith('\u2014 ') ? line.split(' ') : [];
    const bytes = Buffer.from(encoded ?? '', 'base64');
    for (let byte = 0; byte < bytes.byteLength; byte += 4) {
      const broken = Buffer.from(bytes);
      broken[byte] = (broken[byte] ?? 0) ^ 4;
      const changed = checkpoint.replace(line, `${String(mark)} ${String(name)} ${broken.toString('base64')}`);
      const last = JSON.stringify({ ...rest, checkpoint: changed });
      yield { what: `byte ${byte} of signature line ${nth}`, lines: [...LINES, last], ...EVERYTHING };
    }
  }
}

function* withWhatIsKept(): Generator<Mutant> {
  for (let size = 1; size < SIZE; size += 1) {
    const older = LINES.slice(0, size);
    const own = [...older, trailer(older, signer, AT - 60)];
    yield { what: `as of ${size}, less than is known`, lines: own, known: [checkpointOf(LINES.slice(0, size + 1))] };
    yield { what: `as of ${size}, older than demanded`, lines: own, demands: { notBeforeSeconds: AT } };
    // The log itself shows somebody another history, in good order and well signed.
    const forked = LINES.map((line, index) =>
      index < size ? line : lineOf(recordAt(index + 1, { actor: 'user/mallory' })),
    );
    yield { what: `another history behind ${size}`, lines: [...forked, trailer(forked)], known: [checkpointOf(LINES)] };
    const alone = signCheckpoint({ origin: signer.name, size: SIZE, root: treeOf(forked).root() }, signer);
    const last = encodeExportTrailer({ checkpoint: alone, subtrees: null });
    yield {
      what: `another history behind ${size} without a witness`,
      lines: [...forked, last],
      demands: { policy: POLICY },
    };
  }
}

describe('of a tampered export', () => {
  test('none of a generated family is taken', () => {
    const all = [...mutants()];
    expect(all.length).toBeGreaterThan(500);
    const reports = all.map(({ lines, ...options }) => verify(lines, options));
    expect(all.filter((_, nth) => reports[nth]?.ok !== false).map(({ what }) => what)).toEqual([]);
    const first = reports.map(({ findings }) => findings[0]);
    expect(first.every((finding) => finding !== undefined && finding.reason !== '')).toBe(true);
  });

  test('the first position at fault is named where a record was edited', () => {
    for (let position = 1; position <= SIZE; position += 1) {
      const edited = LINES.with(position - 1, lineOf(recordAt(position, { data: {} })));
      expect(verify([...edited, HONEST]).firstBadPosition).toBe(position);
    }
  });

  test('every honest one is taken, with and without all that can be demanded', () => {
    for (let size = 1; size <= SIZE; size += 1) {
      const lines = LINES.slice(0, size);
      const options = { known: [checkpointOf(LINES.slice(0, Math.ceil(size / 2)))], demands: EVERYTHING.demands ?? {} };
      expect(verify([...lines, trailer(lines)]).findings).toEqual([]);
      expect(verify([...lines, trailer(lines)], options).findings).toEqual([]);
    }
  });
});
