export { keyIdBytesOf, makeApiKey, parseApiKey, presentedKeyId, type ParsedApiKey } from './api-key-format.js';
export { deriveKeys, deriveSharedKeys, SharedSecretError, type SharedKeys } from './shared-keys.js';
export { ARGON2_DEFAULTS, argon2PhcProblem } from './argon2-bounds.js';
export { rememberedProof } from './remembered-proof.js';
