import type { SubtreeList } from './subtree-hashes.js';

/**
 * The last line of an export: the signed checkpoint over exactly the records before it. `subtrees` is optional and
 * only helps to say where a broken export differs; whoever verifies authenticates it by the checkpoint's root first.
 */
export interface ExportTrailer {
  readonly checkpoint: string;
  readonly subtrees: SubtreeList | null;
  /** The log's note that names its cosigner, whose signature on the checkpoint says when that was the newest one. */
  readonly cosigner?: string | null;
  /** The log's note of all lines of openings before: see OpeningsDigest. */
  readonly openings?: string | null;
}

/** The line's text, without the newline. */
export function encodeExportTrailer(trailer: ExportTrailer): string {
  const { checkpoint, cosigner, openings, subtrees } = trailer;
  const first = {
    checkpoint,
    ...(typeof cosigner === 'string' ? { cosigner } : {}),
    ...(typeof openings === 'string' ? { openings } : {}),
  };
  if (subtrees === null) return JSON.stringify(first);
  const hashes = Buffer.from(subtrees.hashes).toString('base64');
  return JSON.stringify({ ...first, subtrees: { level: subtrees.level, hashes } });
}

/**
 * Reads a line as a trailer; `null` if it is none. Members added by later versions are ignored, and an unusable
 * `subtrees` counts as absent: nothing is trusted because of it.
 */
export function parseExportTrailer(line: string): ExportTrailer | null {
  if (!line.startsWith('{') || !line.endsWith('}')) return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return null;
  }
  if (!isRecord(parsed) || typeof parsed['checkpoint'] !== 'string' || 'position' in parsed) return null;
  return {
    checkpoint: parsed['checkpoint'],
    subtrees: parseSubtrees(parsed['subtrees']),
    ...(typeof parsed['cosigner'] === 'string' ? { cosigner: parsed['cosigner'] } : {}),
    // A value that is present but not a text is not a note, and must not count as a missing one.
    ...('openings' in parsed ? { openings: String(parsed['openings']) } : {}),
  };
}

function parseSubtrees(value: unknown): SubtreeList | null {
  if (!isRecord(value)) return null;
  const { level, hashes } = value;
  if (typeof level !== 'number' || !Number.isInteger(level) || level < 0 || level > 52) return null;
  if (typeof hashes !== 'string') return null;
  const bytes = Buffer.from(hashes, 'base64');
  return bytes.length % 32 === 0 ? { level, hashes: bytes } : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
