import type {
  Checkpoint,
  ExportRange,
  ExportTrailer,
  LogRecord,
  NoteVerifier,
  Opening,
  SubtreeList,
} from '@keyfold/domain';
import {
  firstDifference,
  openCheckpoint,
  OpeningsDigest,
  parseExportRange,
  parseExportTrailer,
  rootOfSubtrees,
} from '@keyfold/domain';
import { type Demands, unmetDemands } from './demands.js';
import { openingsIn } from './export-openings.js';
import { RecordSequence } from './record-sequence.js';
import type { Finding, VerificationReport } from './report.js';
import { orderFindings } from './report.js';

/** What becomes of the records while their export is read; only the verdict says whether they are the log's. */
export type OnRecord = (record: LogRecord, openings: Openings) => void;
type Openings = Readonly<Record<string, Opening>>;

const UNSIGNED_OPENINGS =
  'the log has not signed the openings as a whole, so some may have been left out (--unsigned-openings takes them)';
const NO_OPENINGS =
  'the export was to have the sealed values, and has neither these nor the note in which the log signs them';
const LEAF_START = Buffer.from('{"actor":');

/**
 * Verifies one export, fed line by line. Everything rests on the bytes of the records and on signatures by the key:
 * every other member of the last line only helps to name a position, after the signed root has vouched for it.
 *
 * Records are taken until the first one that breaks the sequence. The rest of the file is still searched for the
 * checkpoint, since it may show that an earlier record, in good order by itself, is not the one that was signed.
 */
export class ExportVerifier {
  private records = new RecordSequence();
  private first = 1;
  private readonly findings: Finding[] = [];
  private trailer: ExportTrailer | null = null;
  private isBroken = false;
  /** The last record, while its openings may still come. */
  private waiting: LogRecord | null = null;
  /** Records 1 to this one are vouched for by a known checkpoint. */
  private confirmedSize = 0;
  private readonly openings = new OpeningsDigest();

  /** @param known checkpoints of this log from an earlier time, already verified; the export must extend each */
  constructor(
    private readonly key: NoteVerifier,
    private readonly known: readonly Checkpoint[] = [],
    /** Called with each record in good order, with its openings where the export has them. */
    private readonly onRecord: OnRecord = () => undefined,
    private readonly demands: Demands = {},
  ) {
    this.compareKnown();
  }

  get recordCount(): number {
    return this.records.size - this.first + 1;
  }

  /** The position that the export begins at. */
  get from(): number {
    return this.first;
  }

  /** @param isTerminated whether a newline follows; only the file's last line may lack it */
  line(bytes: Uint8Array, isTerminated: boolean): void {
    if (this.trailer !== null) {
      this.rejectAfterTrailer();
    } else if (this.isBroken) {
      this.trailer = startsLikeLeaf(bytes) ? null : trailerOf(bytes);
    } else {
      const openings = openingsIn(bytes);
      const range = this.records.size === 0 ? rangeOf(bytes) : null;
      if (range !== null) this.begin(range);
      else if (openings === null) this.acceptLine(bytes, isTerminated);
      else this.acceptOpenings(openings, bytes);
    }
  }

  /** The verdict; call once, after the last line. */
  finish(): VerificationReport {
    this.handOver();
    const checkpoint = this.trailer === null ? this.missTrailer() : this.openTrailer(this.trailer);
    if (checkpoint !== null && this.trailer !== null) {
      this.findings.push(...unmetDemands(this.trailer, this.key, this.demands));
      this.compareSize(checkpoint);
      this.compareContent(checkpoint);
      this.compareKnownSizes(checkpoint);
      this.compareOpenings(this.trailer, checkpoint);
    }
    const findings = orderFindings(this.findings);
    const first = findings[0];
    return {
      ok: findings.length === 0,
      from: this.first,
      records: this.recordCount,
      openings: this.openedRecords(),
      checkpoint: checkpoint && { ...checkpoint, root: checkpoint.root.toString('base64') },
      firstBadPosition: first !== undefined && first.from === first.to ? first.from : null,
      findings,
    };
  }

  /** Only as the first line: behind a record it is a line like any other that cannot be read. */
  private begin(range: ExportRange): void {
    this.records = new RecordSequence(range);
    this.first = range.from;
    this.confirmedSize = range.from - 1;
    for (const known of this.known) {
      if (known.size === 0 || known.size > this.records.size) continue;
      if (known.size === this.records.size && this.records.root().equals(known.root)) continue;
      const reason =
        known.size < this.records.size
          ? `a known checkpoint covers ${known.size} records, and the export begins behind it: take one that begins at ${known.size + 1} or before`
          : `the tree before position ${range.from} is not that of the known checkpoint`;
      this.findings.push({ code: 'KNOWN_CHECKPOINT', from: null, to: null, reason });
    }
  }

  /** Openings stand behind their record: it is handed over with the line after it. */
  private acceptOpenings(openings: ReturnType<typeof openingsIn>, bytes: Uint8Array): void {
    const { size } = this.records;
    this.openings.add(bytes);
    const problem = openings?.problemWith(this.waiting) ?? null;
    if (problem !== null) this.add('OPENINGS', Math.max(1, size), problem);
    else this.handOver(openings?.fields);
  }

  private handOver(openings: Openings = {}): void {
    if (this.waiting !== null) this.onRecord(this.waiting, openings);
    this.waiting = null;
  }

  private acceptLine(bytes: Uint8Array, isTerminated: boolean): void {
    this.handOver();
    const finding = this.records.accept(bytes);
    if (finding === null) {
      this.waiting = this.records.last;
      this.compareKnown();
      return;
    }
    this.trailer = finding.code === 'NOT_CANONICAL' ? trailerOf(bytes) : null;
    if (this.trailer !== null) return;
    this.isBroken = true;
    const isCutOff = finding.code === 'NOT_CANONICAL' && !isTerminated;
    this.findings.push(isCutOff ? { ...finding, reason: 'the file ends within this line' } : finding);
  }

  private rejectAfterTrailer(): void {
    if (this.findings.some((finding) => finding.code === 'AFTER_CHECKPOINT')) return;
    this.add('AFTER_CHECKPOINT', this.records.size + 1, 'something follows the checkpoint, which is the last line');
  }

  private missTrailer(): null {
    const position = this.records.size + 1;
    if (!this.isBroken) this.add('ENDS_BEFORE_CHECKPOINT', position, 'the file ends before its checkpoint');
    return null;
  }

  private openTrailer(trailer: ExportTrailer): Checkpoint | null {
    try {
      return openCheckpoint(trailer.checkpoint, this.key);
    } catch (error) {
      const origin = trailer.checkpoint.split('\n', 1)[0] ?? '';
      const reason =
        origin === this.key.name
          ? `the checkpoint has no valid signature by key ${this.key.name}+${this.key.keyId}`
          : `the checkpoint is of origin "${origin}", the key of "${this.key.name}"`;
      this.findings.push({ code: 'CHECKPOINT', from: null, to: null, reason: `${reason} (${messageOf(error)})` });
      return null;
    }
  }

  private compareSize(checkpoint: Checkpoint): void {
    const { size } = this.records;
    if (size > checkpoint.size) {
      this.add('BEYOND_CHECKPOINT', checkpoint.size + 1, `the checkpoint covers only ${checkpoint.size} records`);
    } else if (size < checkpoint.size && !this.isBroken) {
      const reason = `the records end before the checkpoint, which covers ${checkpoint.size}`;
      this.add('ENDS_BEFORE_CHECKPOINT', size + 1, reason);
    }
  }

  private compareContent(checkpoint: Checkpoint): void {
    const { size } = this.records;
    if (size === checkpoint.size && this.records.root().equals(checkpoint.root)) return;
    const signed = authenticSubtrees(this.trailer?.subtrees ?? null, checkpoint);
    const own = this.records.subtrees();
    const range =
      signed === null || own === null
        ? null
        : firstDifference({ size, list: own }, { size: checkpoint.size, list: signed });
    if (range !== null) {
      const from = Math.max(range.from, this.confirmedSize + 1);
      this.findings.push({ code: 'CONTENT', from, to: range.to, reason: 'not the bytes that the log signed' });
    } else if (size === checkpoint.size) {
      const reason = 'the root differs from the signed one, and the file has no authentic hashes that name the record';
      this.findings.push({ code: 'CONTENT', from: this.confirmedSize + 1, to: size, reason });
    }
  }

  private compareKnown(): void {
    for (const known of this.known) {
      if (known.size !== this.records.size) continue;
      if (this.records.root().equals(known.root)) {
        this.confirmedSize = known.size;
      } else {
        const reason = `the first ${known.size} records are not those of the known checkpoint`;
        this.findings.push({ code: 'KNOWN_CHECKPOINT', from: this.confirmedSize + 1, to: known.size, reason });
      }
    }
  }

  private compareKnownSizes(checkpoint: Checkpoint): void {
    const largest = Math.max(0, ...this.known.map((known) => known.size));
    if (largest <= checkpoint.size) return;
    this.add(
      'KNOWN_CHECKPOINT',
      checkpoint.size + 1,
      `a known checkpoint covers ${largest} records: the export is older`,
    );
  }

  private openedRecords(): number | null {
    const { count } = this.openings;
    return count === 0 && typeof this.trailer?.openings !== 'string' ? null : count;
  }

  private compareOpenings({ openings: note = null }: ExportTrailer, { size }: Checkpoint): void {
    if (note === null && !this.needsNote()) return;
    const isSigned = note !== null && this.openings.isSigned(note, { from: this.first, size }, this.key);
    if (isSigned || this.isBroken) return;
    const reason = note === null ? this.noteMissing() : 'openings were left out, added or changed';
    this.findings.push({ code: 'OPENINGS', from: null, to: null, reason });
  }

  private needsNote(): boolean {
    const { requiresOpenings, takesUnsignedOpenings } = this.demands;
    return requiresOpenings === true || (this.openings.count > 0 && takesUnsignedOpenings !== true);
  }

  private noteMissing(): string {
    return this.openings.count > 0 ? UNSIGNED_OPENINGS : NO_OPENINGS;
  }

  private add(code: Finding['code'], position: number, reason: string): void {
    this.findings.push({ code, from: position, to: position, reason });
  }
}

/** The list, if it is that of the signed tree: the number of hashes fixes the tree's shape, the root the hashes. */
function authenticSubtrees(list: SubtreeList | null, checkpoint: Checkpoint): SubtreeList | null {
  if (list === null || list.hashes.length / 32 !== Math.ceil(checkpoint.size / 2 ** list.level)) return null;
  return rootOfSubtrees(list).equals(checkpoint.root) ? list : null;
}

function rangeOf(bytes: Uint8Array): ExportRange | null {
  return parseExportRange(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
}

function startsLikeLeaf(bytes: Uint8Array): boolean {
  return LEAF_START.equals(bytes.subarray(0, LEAF_START.length));
}

function trailerOf(bytes: Uint8Array): ExportTrailer | null {
  return parseExportTrailer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
}

function messageOf(err: unknown): string {
  return err instanceof Error ? err.message : String(err);
}
