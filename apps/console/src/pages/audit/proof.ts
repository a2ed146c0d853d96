import { get, Problem } from '../../api/http.js';
import type { ConsistencyProof, Event, InclusionProof } from '../../api/types.gen.js';
import { canonicalJson, hex, utf8 } from './bytes.js';
import { readSeen, remember } from './seen-checkpoint.js';
import {
  type Checkpoint,
  isSignedBy,
  readCheckpoint,
  readVerifierKey,
  signersOf,
  type VerifierKey,
} from './signed-note.js';
import { climb, isConsistent, leafHash, type PathNode, readHashes } from './tree.js';

/** The steps of a verdict, in the order in which an auditor would check. */
export const STEPS = ['record', 'path', 'checkpoint', 'root', 'key', 'signature', 'consistency'] as const;
export type StepName = (typeof STEPS)[number];

export interface Step {
  readonly name: StepName;
  /** What rests on a step that fails cannot be checked. */
  readonly outcome: 'holds' | 'fails' | 'skipped';
}

export interface Verdict {
  readonly steps: readonly Step[];
  /** What was computed here, in hexadecimal, to be compared by eye or pasted elsewhere. */
  readonly leafHash: string;
  readonly nodes: readonly PathNode[];
  readonly root: string;
  /** Null if what the server sent is no checkpoint. */
  readonly checkpoint: Checkpoint | null;
  /** Who signed instead, where the pinned key did not. */
  readonly otherSigners: readonly string[] | null;
  readonly growth: Growth | null;
}

/** How the checkpoint relates to the largest one that this browser has seen. */
export type Growth =
  { readonly kind: 'first' } | { readonly kind: 'continues' | 'forked' | 'shrunk'; readonly seen: Checkpoint };

/** Exactly the members that the leaf is made of. Others in an answer (revealed values) are no part of the record. */
const MEMBERS = [
  'position',
  'stream',
  'version',
  'type',
  'schemaVersion',
  'recordedAt',
  'actor',
  'correlationId',
  'data',
  'sealed',
] as const satisfies readonly (keyof Event)[];

export interface Claim {
  /** The one that was asked for, whatever the record says. */
  readonly position: number;
  readonly record: Event;
  /** The log's verifier key as the auditor has it from elsewhere. */
  readonly pinnedKey: string;
}

/**
 * Fetches the proof of a record and recomputes here what the server claims: the record's canonical bytes (RFC 8785),
 * its leaf hash, the path to the root (RFC 6962), the root in the checkpoint, the checkpoint's Ed25519 signature (C2SP
 * signed-note), and that the tree continues the largest one that this browser has seen. Whatever is malformed fails a
 * step.
 *
 * @throws Problem if the server gives no proof; Error if the pinned key cannot be used
 */
export async function verifyRecord({ pinnedKey, position, record }: Claim, signal: AbortSignal): Promise<Verdict> {
  const proof = await get<InclusionProof>(`/v1/events/${position}/proof`, signal);
  const key = await readVerifierKey(pinnedKey);
  if (key === null) throw new Error('the pinned key is not a verifier key');
  const leaf = await leafHash(utf8(canonicalRecord(record) ?? ''));
  const { treeSize } = proof;
  const climbed = await climb(leaf, { index: position - 1, treeSize, path: readHashes(proof.hashes) });
  const checkpoint = readCheckpoint(proof.checkpoint);
  const isOfTree = checkpoint?.size === treeSize;
  const signed = checkpoint === null || !isOfTree ? UNSIGNED : await signatureOf(checkpoint, key, signal);
  const holds: Record<StepName, boolean | null> = {
    record: record.position === position && proof.leafIndex === position - 1,
    path: climbed.isWellFormed,
    checkpoint: isOfTree,
    root: isOfTree ? hex(checkpoint.root) === climbed.root : null,
    key: signed.isNamed,
    signature: signed.isSigned,
    consistency: signed.growth === null ? null : ['first', 'continues'].includes(signed.growth.kind),
  };
  const signers = checkpoint === null ? [] : signersOf(checkpoint);
  return {
    steps: STEPS.map((name) => ({ name, outcome: outcomeOf(holds[name]) })),
    leafHash: hex(leaf),
    nodes: climbed.nodes,
    root: climbed.root,
    checkpoint,
    otherSigners: signers.length === 0 || signers.includes(key.id) ? null : signers,
    growth: signed.growth,
  };
}

interface Signed {
  readonly isNamed: boolean | null;
  readonly isSigned: boolean | null;
  readonly growth: Growth | null;
}

const UNSIGNED: Signed = { isNamed: null, isSigned: null, growth: null };

/** Each of these rests on the one before. */
async function signatureOf(checkpoint: Checkpoint, key: VerifierKey, signal: AbortSignal): Promise<Signed> {
  const isNamed = checkpoint.origin === key.name && signersOf(checkpoint).includes(key.id);
  if (!isNamed) return { ...UNSIGNED, isNamed };
  const isSigned = await isSignedBy(checkpoint, key);
  return { isNamed, isSigned, growth: isSigned ? await growthOf(checkpoint, key, signal) : null };
}

function outcomeOf(holds: boolean | null): Step['outcome'] {
  return holds === null ? 'skipped' : holds ? 'holds' : 'fails';
}

function canonicalRecord(record: Event): string | null {
  return canonicalJson(Object.fromEntries(MEMBERS.map((name) => [name, record[name]])));
}

/**
 * Compares a verified checkpoint with the largest one seen, and remembers it if it continues that. A fork is never
 * remembered over what was seen.
 */
async function growthOf(now: Checkpoint, key: VerifierKey, signal: AbortSignal): Promise<Growth> {
  const seen = await readSeen(key);
  if (seen === null) {
    remember(key, now);
    return { kind: 'first' };
  }
  const [older, newer] = now.size < seen.size ? [now, seen] : [seen, now];
  try {
    const path = `/v1/log/consistency?from=${older.size}&to=${newer.size}`;
    const { hashes } = await get<ConsistencyProof>(path, signal);
    if (!(await isConsistent(older, newer, readHashes(hashes)))) return { kind: 'forked', seen };
  } catch (error) {
    // The server cannot even name the tree that it has signed once.
    if (older === now && error instanceof Problem && error.status === 400) return { kind: 'shrunk', seen };
    throw error;
  }
  if (newer === now) remember(key, now);
  return { kind: 'continues', seen };
}
