import { hmacInput, type HmacKey, hmacKey, hmacSha256, MESSAGE_OFFSET } from './hmac-sha256.js';

const PURPOSE = 'keyfold/v1/remembered-proof';
const LENGTH_BYTES = 4;
const MIN_KEY_BYTES = 32;

/**
 * What a gateway keeps once a secret has been proven against its Argon2 hash, so that the next request costs an HMAC
 * instead: HMAC-SHA-256 under the gateway's own key. For a secret of 256 random bits that is as safe at rest as the
 * hash itself. Compare with `timingSafeEqual`.
 *
 * Each field is preceded by its length, so no two inputs run together to the same bytes; the commitment of the secret's
 * hash is among them, so a proof made against one hash is worth nothing once another is in force.
 *
 * @param input `gatewayKey`: 32 to 64 random bytes of this gateway, never changed in place; `secret`: the 43
 *   characters; `secretCommitment`: the commitment of the hash that the secret was proven against.
 * @returns 32 bytes.
 * @throws RangeError if the gateway's key is shorter or longer.
 */
export function rememberedProof(input: {
  gatewayKey: Uint8Array;
  keyId: string;
  secret: string;
  secretCommitment: string;
}): Buffer {
  const fields = [PURPOSE, input.keyId, input.secret, input.secretCommitment];
  const message = hmacInput(fields.reduce((sum, field) => sum + LENGTH_BYTES + Buffer.byteLength(field), 0));
  let at = MESSAGE_OFFSET;
  for (const field of fields) {
    const length = message.write(field, at + LENGTH_BYTES);
    message.writeUInt32BE(length, at);
    at += LENGTH_BYTES + length;
  }
  return hmacSha256(preparedKey(input.gatewayKey), message);
}

const prepared = new WeakMap<Uint8Array, HmacKey>();

function preparedKey(gatewayKey: Uint8Array): HmacKey {
  let key = prepared.get(gatewayKey);
  if (key === undefined) {
    if (gatewayKey.byteLength < MIN_KEY_BYTES)
      throw new RangeError(`a gateway's key has at least ${MIN_KEY_BYTES} bytes`);
    key = hmacKey(gatewayKey);
    prepared.set(gatewayKey, key);
  }
  return key;
}
