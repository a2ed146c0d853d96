import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  encodeExportTrailer,
  encodeLeaf,
  generateSignerKey,
  leafHash,
  type NewEvent,
  type Opening,
  parseSignerKey,
  sealValue,
  signCheckpoint,
  SubtreeHashes,
} from '@keyfold/domain';
import { logEvents } from './sample-events.js';

const BEGIN_MS = Date.parse('2026-01-01T00:00:00.000Z');
const LINES_A_PIECE = 500;

export interface SampleExport {
  readonly file: string;
  /** The log's public key. */
  readonly verifierKey: string;
}

/**
 * Writes an export of so many records, with the openings behind them if wanted, as the admin-service would have sent
 * it.
 */
export async function writeSampleExport(
  file: string,
  { events, isOpened, people }: { readonly events: number; readonly isOpened: boolean; readonly people: number },
): Promise<SampleExport> {
  const signer = parseSignerKey(generateSignerKey('keyfold.local/bench', randomBytes(32)));
  const tree = new SubtreeHashes();
  function* pieces(): Generator<string> {
    const log = new SampleLog();
    let piece = '';
    let position = 0;
    for (const event of logEvents(people)) {
      const { leaf, openings } = log.append(event);
      tree.append(leafHash(leaf));
      position += 1;
      piece += `${leaf.toString()}\n`;
      if (isOpened && Object.keys(openings).length > 0) piece += `${JSON.stringify({ openings, position })}\n`;
      if (position === events) break;
      if (position % LINES_A_PIECE !== 0) continue;
      yield piece;
      piece = '';
    }
    const checkpoint = signCheckpoint({ origin: signer.name, size: events, root: tree.root() }, signer);
    yield `${piece}${encodeExportTrailer({ checkpoint, subtrees: tree.list() })}\n`;
  }
  await pipeline(Readable.from(pieces()), createWriteStream(file));
  return { file, verifierKey: signer.verifierKey };
}

/** Makes leaves of events, one after the other. */
class SampleLog {
  private readonly versions = new Map<string, number>();
  private position = 0;

  append({ data, schemaVersion, sealed, stream, type }: NewEvent): {
    readonly leaf: Buffer;
    readonly openings: Readonly<Record<string, Opening>>;
  } {
    this.position += 1;
    const version = (this.versions.get(stream) ?? 0) + 1;
    this.versions.set(stream, version);
    const closed = Object.entries(sealed).map(([field, value]) => [field, sealValue(value, randomBytes(32))] as const);
    const leaf = encodeLeaf({
      position: this.position,
      stream,
      version,
      type,
      schemaVersion,
      recordedAt: new Date(BEGIN_MS + this.position * 10).toISOString(),
      actor: 'user/00000000-0000-4000-8000-000000000000',
      correlationId: `0198c000-0000-7000-8000-${String(this.position).padStart(12, '0')}`,
      data,
      sealed: Object.fromEntries(closed.map(([field, { commitment }]) => [field, commitment])),
    });
    // As with an export: nobody is shown the hashes of credentials.
    const shown = closed.filter(([field]) => field !== 'secretHash');
    return { leaf, openings: Object.fromEntries(shown.map(([field, { opening }]) => [field, opening])) };
  }
}
