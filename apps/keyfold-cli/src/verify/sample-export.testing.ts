import type { LogRecord } from '@keyfold/domain';
import {
  encodeExportTrailer,
  encodeLeaf,
  generateSignerKey,
  leafHash,
  parseSignerKey,
  parseVerifierKey,
  signCheckpoint,
  SubtreeHashes,
} from '@keyfold/domain';

export const signer = parseSignerKey(generateSignerKey('keyfold.local/sample', Buffer.alloc(32, 1)));
export const key = parseVerifierKey(signer.verifierKey);

/** The record at a position of a log with three interleaved streams. */
export function recordAt(position: number, change: Partial<LogRecord> = {}): LogRecord {
  return {
    position,
    stream: `api-key/k${position % 3}`,
    version: Math.floor((position - 1) / 3) + 1,
    type: 'ApiKeyRevoked',
    schemaVersion: 1,
    recordedAt: new Date(Date.UTC(2026, 0, 1) + position * 1000).toISOString(),
    actor: 'user/alice',
    correlationId: `c-${position}`,
    data: { reason: 'UNSPECIFIED', note: `größe ${position}` },
    sealed: {},
    ...change,
  };
}

export function recordsTo(size: number): LogRecord[] {
  return Array.from({ length: size }, (_, index) => recordAt(index + 1));
}

export const lineOf = (record: LogRecord): string => encodeLeaf(record).toString('utf8');

/** Leaf hashes of any lines, as an attacker would derive them. */
export function treeOf(lines: readonly string[], capacity?: number): SubtreeHashes {
  const tree = new SubtreeHashes(capacity);
  for (const line of lines) tree.append(leafHash(Buffer.from(line)));
  return tree;
}

/** An honest last line over these records. */
export function trailerLineOf(
  lines: readonly string[],
  options: { signer?: typeof signer; subtreeCapacity?: number | null; openings?: string } = {},
): string {
  const by = options.signer ?? signer;
  const checkpoint = signCheckpoint({ origin: by.name, size: lines.length, root: treeOf(lines).root() }, by);
  const { subtreeCapacity } = options;
  const subtrees = subtreeCapacity === null ? null : treeOf(lines, subtreeCapacity).list();
  return encodeExportTrailer({ checkpoint, subtrees, openings: options.openings ?? null });
}

/** The lines of an honest export: records and the last line. */
export function exportLines(size: number, options: Parameters<typeof trailerLineOf>[1] = {}): string[] {
  const lines = recordsTo(size).map(lineOf);
  return [...lines, trailerLineOf(lines, options)];
}
