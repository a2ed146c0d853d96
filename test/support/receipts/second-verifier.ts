import { createHash, createPublicKey, verify } from 'node:crypto';

/**
 * Checks a receipt a second time, from the published description of its format and the C2SP specifications alone: it
 * shares no code with libs/domain, so a mistake there is not repeated here.
 *
 * @param logKey the text of log.pub
 * @throws Error with a reason unless the receipt is genuine
 */
export function verifyIndependently(file: string, logKey: string, expectKey?: string): void {
  const receipt = JSON.parse(file) as ReceiptFile;
  demand(sameNames(receipt, ['format', 'position', 'leaf', 'enrolments', 'proofs', 'statement']), 'members');
  demand(receipt.format === 'keyfold-receipt/1', 'format');
  const leaf = bytesOf(receipt.leaf);
  const record = JSON.parse(leaf.toString()) as LeafRecord;
  demand(record.position === receipt.position, 'the leaf is at another position');
  demand(expectKey === undefined || record.stream === `api-key/${expectKey}`, 'another key');

  const trees = receipt.proofs.map((proof) => treeOf(proof, { leaf, position: record.position, logKey }));
  const [largest] = trees;
  if (largest === undefined) throw new Error('no proof');
  trees.forEach(({ size }, at) => {
    demand(at === 0 || size < (trees[at - 1]?.size ?? 0), 'order of the proofs');
  });

  const lines = linesOf(receipt, logKey);
  const keys = receipt.enrolments.map((enrolment) => keyOf(enrolment, largest, lines));
  demand(new Set(keys).size === keys.length, 'a key twice');

  const used = new Set([largest.size]);
  for (const line of lines) {
    const size = sizeOfLine(line);
    if (size === null) continue;
    const tree = trees.find((candidate) => candidate.size === size);
    if (tree === undefined) throw new Error('no checkpoint of the size of a line');
    used.add(size);
    const own = keys.filter((key) => key.startsWith(`${line.slice(0, 2).join('/')}+`));
    const isCosigned = tree.signatures.some((signature) => own.some((key) => isCosignedBy(signature, tree.text, key)));
    demand(isCosigned, 'no cosignature');
  }
  demand(used.size === trees.length, 'a proof for nothing');
  for (const { signatures, text } of trees) {
    const genuine = signatures.filter((line) => keys.some((key) => isCosignedBy(line, text, key)));
    demand(
      genuine.length === signatures.length - 1 && new Set(signatures.map(String)).size === signatures.length,
      'a line',
    );
  }
}

interface Tree extends Note {
  readonly size: number;
  readonly root: Buffer;
}

function treeOf(
  proof: ReceiptFile['proofs'][number],
  { leaf, logKey, position }: { readonly leaf: Buffer; readonly position: number; readonly logKey: string },
): Tree {
  demand(sameNames(proof, ['checkpoint', 'inclusion']), 'members of a proof');
  const note = noteOf(proof.checkpoint);
  demand(note.signatures.filter((line) => isSignedBy(line, note.text, logKey)).length === 1, 'signature of the log');
  const [name, size = '', root = ''] = note.text.split('\n');
  demand(name === logKey.split('+')[0] && /^[1-9]\d*$/.test(size), 'checkpoint');
  const tree = { ...note, size: Number(size), root: bytesOf(root) };
  demand(tree.size >= position, 'the checkpoint is older than the record');
  demandIncluded(leaf, position, proof.inclusion, tree);
  return tree;
}

interface ReceiptFile {
  readonly format: string;
  readonly position: number;
  readonly leaf: string;
  readonly enrolments: readonly { readonly leaf: string; readonly inclusion: Inclusion }[];
  readonly proofs: readonly { readonly checkpoint: string; readonly inclusion: Inclusion }[];
  readonly statement: string;
}
interface Inclusion {
  readonly leafIndex: number;
  readonly treeSize: number;
  readonly hashes: readonly string[];
}
interface LeafRecord {
  readonly position: number;
  readonly stream: string;
  readonly type: string;
  readonly data: { readonly gatewayId: string; readonly process: string; readonly verifierKey: string };
}

function demand(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(what);
}

function sameNames(value: object, names: readonly string[]): boolean {
  return Object.keys(value).sort().join() === [...names].sort().join();
}

function bytesOf(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  demand(bytes.toString('base64') === text, 'base64');
  return bytes;
}

function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** The lines of a statement by the log about the receipt's position. */
function linesOf({ position, statement }: ReceiptFile, logKey: string): readonly (readonly string[])[] {
  const { signatures, text } = noteOf(statement);
  demand(signatures.length === 1 && signatures.every((line) => isSignedBy(line, text, logKey)), 'signature');
  const [format, origin, about, ...rows] = text.slice(0, -1).split('\n');
  demand(format === 'keyfold-receipt/1' && origin === logKey.split('+')[0], 'head of the statement');
  demand(about === String(position), 'position of the statement');
  return rows.map((row) => row.split(' '));
}

/** The verifier key that an enrolment gives a process of the statement. */
function keyOf(
  { inclusion, leaf: encoded, ...rest }: ReceiptFile['enrolments'][number],
  largest: Tree,
  lines: readonly (readonly string[])[],
): string {
  demand(Object.keys(rest).length === 0, 'members of an enrolment');
  const leaf = bytesOf(encoded);
  const { data, position, stream, type } = JSON.parse(leaf.toString()) as LeafRecord;
  demandIncluded(leaf, position, inclusion, largest);
  demand(type === 'GatewayEnrolled' && stream === `gateway/${data.gatewayId}`, 'enrolment');
  demand(data.verifierKey.split('+')[0] === `${data.gatewayId}/${data.process}`, 'name of a key');
  const hasLine = lines.some(([gatewayId, slot]) => gatewayId === data.gatewayId && slot === data.process);
  demand(hasLine, 'an enrolment without a line');
  return data.verifierKey;
}

/** The size of an `applied` line, null for `lease-ended`. */
function sizeOfLine([, , by, size = '', at = '', ...rest]: readonly string[]): number | null {
  demand(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(at) && rest.length === 0, 'line');
  if (by === 'lease-ended') demand(size === '-', 'line');
  else demand(by === 'applied' && /^[1-9]\d*$/.test(size), 'line');
  return by === 'applied' ? Number(size) : null;
}

/** RFC 9162, 2.1.3.2: the algorithm with two counters, where libs/domain walks the tree. */
function demandIncluded(
  leaf: Buffer,
  position: number,
  { hashes, leafIndex, treeSize }: Inclusion,
  tree: { readonly size: number; readonly root: Buffer },
): void {
  demand(leafIndex === position - 1 && treeSize === tree.size && leafIndex < treeSize, 'place in the tree');
  let node = leafIndex;
  let last = treeSize - 1;
  let hash = sha256(Buffer.of(0), leaf);
  for (const encoded of hashes) {
    const sibling = bytesOf(encoded);
    demand(sibling.length === 32 && last > 0, 'length of the proof');
    if (node % 2 === 1 || node === last) {
      hash = sha256(Buffer.of(1), sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
    } else {
      hash = sha256(Buffer.of(1), hash, sibling);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  demand(last === 0 && hash.equals(tree.root), 'the proof does not lead to the root');
}

interface Note {
  readonly text: string;
  readonly signatures: readonly (readonly string[])[];
}

/** C2SP signed-note: text, empty line, signature lines. */
function noteOf(note: string): Note {
  const end = note.lastIndexOf('\n\n');
  demand(end > 0 && note.endsWith('\n'), 'note');
  const signatures = note
    .slice(end + 2, -1)
    .split('\n')
    .map((line) => line.split(' '));
  demand(
    signatures.every(([mark, , , more]) => mark === '\u2014' && more === undefined),
    'signature line',
  );
  return { text: note.slice(0, end + 1), signatures };
}

/** The Ed25519 signature of a line, if the line is by this key. */
function signatureBy([, name = '', encoded = '']: readonly string[], verifierKey: string): Buffer | null {
  const [keyName = '', hash = '', ...rest] = verifierKey.split('+');
  const key = bytesOf(rest.join('+'));
  demand(sha256(Buffer.from(`${keyName}\n`), key).toString('hex', 0, 4) === hash, 'hash of a key');
  const bytes = bytesOf(encoded);
  return name === keyName && bytes.toString('hex', 0, 4) === hash ? bytes.subarray(4) : null;
}

function isGenuine(message: string, signature: Buffer, verifierKey: string): boolean {
  const key = bytesOf(verifierKey.split('+').slice(2).join('+')).subarray(1);
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: key.toString('base64url') };
  return verify(null, Buffer.from(message), createPublicKey({ key: jwk, format: 'jwk' }), signature);
}

function isSignedBy(line: readonly string[], text: string, verifierKey: string): boolean {
  const signature = signatureBy(line, verifierKey);
  return signature !== null && isGenuine(text, signature, verifierKey);
}

/** C2SP tlog-cosignature, cosignature/v1: eight bytes of the time, then the signature. */
function isCosignedBy(line: readonly string[], text: string, verifierKey: string): boolean {
  const signature = signatureBy(line, verifierKey);
  if (signature?.length !== 72) return false;
  const message = `cosignature/v1\ntime ${signature.readBigUInt64BE(0)}\n${text}`;
  return isGenuine(message, signature.subarray(8), verifierKey);
}
