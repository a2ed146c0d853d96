export { canonicalJson, CanonicalJsonError, type JsonObject, type JsonValue } from './canonical-json.js';
export { commitmentOf, opensCommitment, OpeningError, SALT_BYTES, sealValue, type Opening } from './sealed.js';
export { decodeLeaf, encodeLeaf, MAX_LEAF_BYTES, RecordError, type LogRecord } from './record.js';
export { EMPTY_ROOT, HASH_BYTES, leafHash, nodeHash } from './merkle-hash.js';
export { Frontier } from './frontier.js';
export { RecentTree } from './recent-tree.js';
export { planConsistency, planInclusion, planRoot, type NodeId, type ProofPlan } from './proof-plan.js';
export {
  verifyConsistency,
  verifyInclusion,
  type ConsistencyClaim,
  type InclusionClaim,
} from './proof-verification.js';
export {
  generateSignerKey,
  isKeyName as isNoteName,
  NoteError,
  parseSignerKey,
  parseVerifierKey,
  signerNamed,
  verifierNamed,
  type NoteSigner,
  type NoteVerifier,
} from './note-key.js';
export { GenuineSignatures } from './genuine-signatures.js';
export { openNote, readNote, signNote, type NoteSignature } from './signed-note.js';
export {
  cosignatureLine,
  generateCosignerKey,
  parseCosignerKey,
  parseCosignerVerifierKey,
  verifyCosignature,
  type CosignatureVerifier,
  type Cosigner,
} from './cosignature.js';
export {
  checkpointOf,
  checkpointText,
  MAX_CHECKPOINT_CHARACTERS,
  openCheckpoint,
  signCheckpoint,
  type Checkpoint,
} from './checkpoint.js';
export { certifyCosigner, cosign, cosignedAt, logCosigner, openCosignerCertificate } from './log-cosigner.js';
export { encodeTlogProof, type TlogProof } from './tlog-proof.js';
export { parseTilePath, TILE_WIDTH, type TileName } from './tile-path.js';
export { duplicateMember } from './duplicate-members.js';
export { decodeBase64 } from './base64.js';
export { isTimestamp } from './record-members.js';
export { openByPolicy, parseTlogPolicy, type TlogPolicy } from './tlog-policy.js';
