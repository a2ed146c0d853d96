import type { ExportRange, Frontier, LogRecord, SubtreeList } from '@keyfold/domain';
import { decodeLeaf, leafHash, RecordError, SubtreeHashes } from '@keyfold/domain';
import type { Finding, FindingCode } from './report.js';
import { StreamVersions } from './stream-versions.js';

const CONVERTED = 'so the file was converted on its way; take the export as it was sent';

/**
 * The records of a log in order: each leaf is derived again and must continue the sequence in position, stream version
 * and time. Holds the tree of what was accepted.
 */
export class RecordSequence {
  private readonly versions = new StreamVersions();
  private recordedAt = '';
  private lastRecord: LogRecord | null = null;

  private readonly tree: OwnTree;

  /** @param range where an export begins that does not begin at position 1 */
  constructor(private readonly range: ExportRange | null = null) {
    this.tree = range === null ? new SubtreeHashes() : new RangeTree(range.frontier);
  }

  /** Of the last record. */
  get size(): number {
    return this.tree.size;
  }

  /** The last one that was accepted. */
  get last(): LogRecord | null {
    return this.lastRecord;
  }

  root(): Buffer {
    return this.tree.root();
  }

  /** Null for a range, whose first records' hashes are not known one by one. */
  subtrees(): SubtreeList | null {
    return this.tree.list();
  }

  /** Takes the next record's line, without its newline; a finding means it was not accepted. */
  accept(line: Uint8Array): Finding | null {
    const record = decode(line);
    if (typeof record === 'string') return this.breakHere('NOT_CANONICAL', `no record in canonical form: ${record}`);
    const finding = this.misplaced(record);
    if (finding !== null) return finding;
    this.tree.append(leafHash(line));
    this.versions.set(record.stream, record.version);
    this.recordedAt = record.recordedAt;
    this.lastRecord = record;
    return null;
  }

  private misplaced(record: LogRecord): Finding | null {
    const expected = this.size + 1;
    if (record.position !== expected) {
      const guess = record.position > expected ? 'missing or moved' : 'repeated or moved';
      return this.breakHere('POSITION', `found position ${record.position} instead: a record is ${guess}`);
    }
    const version = this.versions.next(record.stream);
    // What a stream had before a range is not in it.
    const isFirstSeen = this.range !== null && version === 1;
    if (record.version !== version && !isFirstSeen) {
      const found = `version ${record.version} of stream ${record.stream}`;
      return this.breakHere('STREAM_VERSION', `${found}, where version ${version} was due`);
    }
    // RFC 3339 in UTC with milliseconds, which decodeLeaf insists on, sorts as text.
    if (record.recordedAt < this.recordedAt) {
      return this.breakHere(
        'RECORDED_AT',
        `recorded at ${record.recordedAt}, before its predecessor ${this.recordedAt}`,
      );
    }
    return null;
  }

  private breakHere(code: FindingCode, reason: string): Finding {
    return { code, from: this.size + 1, to: this.size + 1, reason };
  }
}

type OwnTree = Pick<SubtreeHashes, 'size' | 'root' | 'append'> & { list(): SubtreeList | null };

class RangeTree implements OwnTree {
  constructor(private readonly frontier: Frontier) {}

  get size(): number {
    return this.frontier.size;
  }

  root(): Buffer {
    return this.frontier.root();
  }

  append(hash: Uint8Array): void {
    this.frontier.append(hash);
  }

  list(): null {
    return null;
  }
}

/** The record, or why the line is none. decodeLeaf takes canonical bytes only. */
function decode(line: Uint8Array): LogRecord | string {
  try {
    return decodeLeaf(line);
  } catch (error) {
    if (error instanceof RecordError) return conversionOf(line) ?? error.message;
    throw error;
  }
}

/** What a program on the way has made of the line, where that is plain to see. */
function conversionOf(line: Uint8Array): string | null {
  const [first, second, third] = line;
  if (first === 0xef && second === 0xbb && third === 0xbf) return `it begins with a byte order mark, ${CONVERTED}`;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return `it is UTF-16, ${CONVERTED}`;
  return line.at(-1) === 0x0d ? `it ends in CRLF, ${CONVERTED}` : null;
}
