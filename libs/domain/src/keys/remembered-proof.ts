import { createHmac } from 'node:crypto';

const PURPOSE = 'keyfold/v1/remembered-proof';

/**
 * What a gateway keeps once a secret has been proven against its Argon2 hash, so that the next request costs an HMAC instead:
 * HMAC-SHA-256 under the gateway's own key. For a secret of 256 random bits that is as safe at rest as the hash itself.
 * Compare with `timingSafeEqual`.
 *
 * Each field is preceded by its length, so no two inputs run together to the same bytes; the commitment of the secret's hash
 * is among them, so a proof made against one hash is worth nothing once another is in force.
 *
 * @param input `gatewayKey`: at least 32 random bytes of this gateway; `secret`: the 43 characters; `secretCommitment`: the
 *   commitment of the hash that the secret was proven against.
 * @returns 32 bytes.
 * @throws RangeError if the gateway's key is shorter.
 */
export function rememberedProof(input: {
  gatewayKey: Uint8Array;
  keyId: string;
  secret: string;
  secretCommitment: string;
}): Buffer {
  if (input.gatewayKey.byteLength < 32) throw new RangeError("a gateway's key has at least 32 bytes");
  const fields = [PURPOSE, input.keyId, input.secret, input.secretCommitment];
  const message = Buffer.allocUnsafe(fields.reduce((sum, field) => sum + 4 + Buffer.byteLength(field), 0));
  let at = 0;
  for (const field of fields) {
    const length = message.write(field, at + 4);
    message.writeUInt32BE(length, at);
    at += 4 + length;
  }
  return createHmac('sha256', input.gatewayKey).update(message).digest();
}
