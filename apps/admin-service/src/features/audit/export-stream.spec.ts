import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { leafHash, parseExportTrailer, rootOfSubtrees, SubtreeHashes } from '@keyfold/domain';
import type { ExportedLeaf } from './export-stream.js';
import { exportStream } from './export-stream.js';

const leafOf = (position: number): Buffer => Buffer.from(`{"position":${position},"text":"größe"}`);

/** Leaves from 1 on, and how far they were read and whether the reading was ended. */
class Leaves {
  read = 0;
  isEnded = false;

  async *to(size: number, change: (leaf: ExportedLeaf) => ExportedLeaf = (leaf) => leaf): AsyncGenerator<ExportedLeaf> {
    try {
      for (let position = 1; position <= size; position += 1) {
        this.read = position;
        const leaf = leafOf(position);
        yield await Promise.resolve(change({ position, leaf, leafHash: leafHash(leaf) }));
      }
    } finally {
      this.isEnded = true;
    }
  }
}

async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

describe('an export', () => {
  test.each([1, 2, 300, 5000])('of %i records has exactly their bytes, then the checkpoint', async (size) => {
    const text = await textOf(exportStream(new Leaves().to(size), { size, checkpoint: 'the note\n' }));
    const lines = text.split('\n');
    expect(lines.pop()).toBe('');
    const trailer = parseExportTrailer(lines.pop() ?? '');
    expect(lines).toEqual(Array.from({ length: size }, (_, index) => leafOf(index + 1).toString()));
    expect(trailer?.checkpoint).toBe('the note\n');
    const tree = new SubtreeHashes();
    for (const line of lines) tree.append(leafHash(Buffer.from(line)));
    expect(trailer?.subtrees && rootOfSubtrees(trailer.subtrees)).toEqual(tree.root());
  });

  test('carries the hashes that were stored, so that a row changed since can be named', async () => {
    const edited = new Leaves().to(3, (entry) =>
      entry.position === 2 ? { ...entry, leaf: Buffer.from('edited') } : entry,
    );
    const trailer = parseExportTrailer(
      (await textOf(exportStream(edited, { size: 3, checkpoint: 'n' }))).split('\n')[3] ?? '',
    );
    expect(trailer?.subtrees?.hashes.subarray(32, 64)).toEqual(leafHash(leafOf(2)));
  });

  test.each([
    ['ends early', 5, 6, (leaf: ExportedLeaf) => leaf],
    ['goes on too long', 7, 6, (leaf: ExportedLeaf) => leaf],
    ['has a gap', 6, 6, (leaf: ExportedLeaf) => (leaf.position === 4 ? { ...leaf, position: 5 } : leaf)],
  ])('fails instead of ending well when the log %s', async (_what, held, size, change) => {
    await expect(textOf(exportStream(new Leaves().to(held, change), { size, checkpoint: 'n' }))).rejects.toThrow(
      /the log/,
    );
  });

  test('reads no faster than the client, and stops reading when the client goes away', async () => {
    const leaves = new Leaves();
    const stream = exportStream(leaves.to(1_000_000), { size: 1_000_000, checkpoint: 'n' });
    await once(stream, 'readable');
    stream.read();
    await new Promise((resolve) => setImmediate(resolve));
    expect(leaves.read).toBeLessThan(20_000);
    stream.destroy();
    await once(stream, 'close');
    expect(leaves.isEnded).toBe(true);
    expect(leaves.read).toBeLessThan(20_000);
  });
});
