import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type Checkpoint,
  decodeLeaf,
  type LogRecord,
  type NoteVerifier,
  openCheckpoint,
  type Opening,
  opensCommitment,
} from '@keyfold/domain';
import { FeedProblem, OpeningProblem } from '../protocol/errors.js';
import { decodeOpenings } from '../protocol/log-message.js';
import { categoryOf, FEED_CATEGORIES, FEED_FIELDS } from '../protocol/names.js';
import type { ErasureProofs } from './erasure.js';
import type { FeedPosition, RawEntry, VerifiedBatch, VerifiedRecord } from './verified-batch.js';

const NO_OPENINGS: Readonly<Record<string, Opening>> = Object.freeze({});
const NOTHING_ERASED: readonly string[] = Object.freeze([]);

/** Entries that are said to lead from one tree to the next, and the signed note that says so. */
export interface Segment {
  readonly from: FeedPosition;
  readonly entries: readonly RawEntry[];
  readonly note: string;
  readonly erasures: ErasureProofs;
}

// A slice of the check blocks the event loop for about a millisecond.
const RECORDS_IN_A_SLICE = 64;
const LEAVES_IN_A_SLICE = 256;

/**
 * Checks a segment: the note's signature and size, the root over the own frontier and these leaves, and every opening
 * against its commitment. Only leaves that the root covers are parsed. `from.frontier` stays as it is.
 *
 * @throws FeedProblem; then nothing of the segment may be applied. An OpeningProblem names all records of it that are
 *   at fault: the others are the log's
 */
export function verifySegment(segment: Segment, verifier: NoteVerifier): VerifiedBatch {
  return runAtOnce(segmentCheck(segment, verifier));
}

/** What {@link verifySegment} does, in slices: it yields after each, so that the caller can let other work run. */
export function* segmentCheck(
  { from, entries, note, erasures }: Segment,
  verifier: NoteVerifier,
): Generator<undefined, VerifiedBatch> {
  const checkpoint = openNoteOfSize(note, from.size + entries.length, verifier);
  const frontier = from.frontier.clone();
  for (let at = 0; at < entries.length; at += LEAVES_IN_A_SLICE) {
    for (const { leaf } of entries.slice(at, at + LEAVES_IN_A_SLICE)) frontier.appendLeaf(leaf);
    if (at + LEAVES_IN_A_SLICE < entries.length) yield;
  }
  if (!frontier.root().equals(checkpoint.root)) {
    throw new FeedProblem('BAD_ROOT', `records ${from.size + 1} to ${checkpoint.size} do not have the signed root`);
  }
  const records: VerifiedRecord[] = [];
  const problems: OpeningProblem[] = [];
  for (let at = 0; at < entries.length; at += RECORDS_IN_A_SLICE) {
    const position = from.size + 1 + at;
    verifyEntries(entries.slice(at, at + RECORDS_IN_A_SLICE), position, { erasures, records, problems });
    if (at + RECORDS_IN_A_SLICE < entries.length) yield;
  }
  requireNone(problems);
  return { records, frontier, checkpoint: note };
}

/**
 * Runs sliced work to its end and lets the event loop run after each slice, so that requests do not wait for a large
 * batch.
 */
export async function runInSlices<Result>(slices: Generator<undefined, Result>): Promise<Result> {
  let slice = slices.next();
  for (; slice.done !== true; slice = slices.next()) await nextTurn();
  return slice.value;
}

/** Runs sliced work to its end synchronously. */
export function runAtOnce<Result>(slices: Generator<undefined, Result>): Result {
  for (;;) {
    const slice = slices.next();
    if (slice.done === true) return slice.value;
  }
}

function openNoteOfSize(note: string, size: number, verifier: NoteVerifier): Checkpoint {
  let checkpoint: Checkpoint;
  try {
    checkpoint = openCheckpoint(note, verifier);
  } catch {
    throw new FeedProblem('BAD_CHECKPOINT', `the checkpoint at position ${size} does not verify`);
  }
  if (checkpoint.size !== size) {
    throw new FeedProblem('BAD_CHECKPOINT', `the checkpoint at position ${size} is of size ${checkpoint.size}`);
  }
  return checkpoint;
}

interface Findings {
  readonly erasures: ErasureProofs;
  readonly records: VerifiedRecord[];
  readonly problems: OpeningProblem[];
}

function verifyEntries(entries: readonly RawEntry[], first: number, { erasures, problems, records }: Findings): void {
  for (const [at, entry] of entries.entries()) {
    try {
      records.push(verifyEntry(entry, first + at, erasures));
    } catch (error) {
      if (!(error instanceof OpeningProblem)) throw error;
      problems.push(error);
    }
  }
}

// A wrong opening is worse than a missing one, so it is the one to report.
function requireNone(problems: readonly OpeningProblem[]): void {
  const worst = problems.find(({ code }) => code === 'BAD_OPENING') ?? problems[0];
  if (worst === undefined) return;
  const positions = problems.flatMap((problem) => problem.positions);
  throw new OpeningProblem(worst.code as 'BAD_OPENING' | 'MISSING_OPENING', worst.message, positions);
}

/**
 * Checks a record's openings against its commitments. That its bytes are the log's is the caller's to know.
 *
 * @param position that the bytes were proven to be at
 * @throws FeedProblem
 */
export function verifyEntry({ leaf, openings }: RawEntry, position: number, erasures: ErasureProofs): VerifiedRecord {
  const record = decodeLeaf(leaf);
  // The log itself would have to be wrong: the root has been signed over these bytes.
  if (record.position !== position) throw new FeedProblem('BAD_RECORD', `record ${record.position} is at ${position}`);
  if (!FEED_CATEGORIES.has(categoryOf(record.stream))) {
    return { record, leaf, openings: NO_OPENINGS, erased: NOTHING_ERASED };
  }
  const given = verifyOpenings(record, openings);
  return { record, leaf, openings: given, erased: missingFields(record, given, erasures) };
}

function verifyOpenings(record: LogRecord, given: RawEntry['openings']): Readonly<Record<string, Opening>> {
  if (given === '') return NO_OPENINGS;
  const openings = typeof given === 'string' ? decodeOpenings(given) : given;
  const { position } = record;
  if (openings === null)
    throw new OpeningProblem('BAD_OPENING', `the openings of record ${position} are malformed`, [position]);
  for (const field in openings) {
    const opening = openings[field];
    const commitment = Object.hasOwn(record.sealed, field) ? record.sealed[field] : undefined;
    if (opening === undefined || commitment === undefined || !opensCommitment(opening, commitment)) {
      throw new OpeningProblem('BAD_OPENING', `the opening of ${field} in record ${position} does not match`, [
        position,
      ]);
    }
  }
  return openings;
}

function missingFields(
  record: LogRecord,
  openings: Readonly<Record<string, Opening>>,
  erasures: ErasureProofs,
): readonly string[] {
  let missing: string[] | undefined;
  for (const field in record.sealed) {
    if (FEED_FIELDS.has(field) && !Object.hasOwn(openings, field)) (missing ??= []).push(field);
  }
  if (missing === undefined) return NOTHING_ERASED;
  if (erasures.explains(record)) return missing;
  const { position } = record;
  const detail = `the opening of ${missing.join(', ')} in record ${position} is missing`;
  throw new OpeningProblem('MISSING_OPENING', detail, [position]);
}
