import { type Checkpoint, decodeBase64, type NoteVerifier, openCheckpoint, verifyInclusion } from '@keyfold/domain';

/**
 * Checks a C2SP tlog-proof as a tool of its reader would, by the specification and not by our encoder.
 *
 * @returns the checkpoint that it is under
 * @throws if the text is malformed, its checkpoint is not by this key, or the leaf is not in that tree at that index
 */
export function openTlogProof(text: string, leafHash: Uint8Array, verifier: NoteVerifier): Checkpoint {
  const parts = /^c2sp\.org\/tlog-proof@v1\nindex (0|[1-9]\d*)\n((?:[^\n]+\n)*)\n(.+)$/s.exec(text);
  if (parts === null) throw new Error('malformed tlog-proof');
  const [, index, path = '', note = ''] = parts;
  const checkpoint = openCheckpoint(note, verifier);
  const claim = { leafIndex: Number(index), leafHash, treeSize: checkpoint.size, root: checkpoint.root };
  if (!verifyInclusion({ ...claim, proof: path.split('\n').slice(0, -1).map(hashOf) }))
    throw new Error('the leaf is not in the tree of the checkpoint at this index');
  return checkpoint;
}

function hashOf(line: string): Buffer {
  const hash = decodeBase64(line, 'base64');
  if (hash === null) throw new Error('a hash of the path is malformed');
  return hash;
}
