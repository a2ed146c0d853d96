import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hmacInput, hmacKey, hmacSha256, MESSAGE_OFFSET } from './hmac-sha256.js';
import { rememberedProof } from './remembered-proof.js';

const GATEWAY_KEY = Buffer.alloc(32, 1);
const INPUT = { gatewayKey: GATEWAY_KEY, keyId: 'id', secret: 'secret', secretCommitment: 'commitment' };

describe('a remembered proof', () => {
  test('is HMAC-SHA-256 over the purpose and the fields, each after its length', () => {
    const fields = ['keyfold/v1/remembered-proof', 'id', 'sécret', 'commitment'].map((field) => Buffer.from(field));
    const mac = createHmac('sha256', GATEWAY_KEY);
    for (const field of fields) mac.update(Buffer.of(0, 0, 0, field.byteLength)).update(field);
    expect(rememberedProof({ ...INPUT, secret: 'sécret' })).toEqual(mac.digest());
  });

  test('differs for another key id, secret, commitment or gateway, and wherever the fields are divided otherwise', () => {
    const proofs = [
      INPUT,
      { ...INPUT, gatewayKey: Buffer.alloc(32, 2) },
      { ...INPUT, gatewayKey: Buffer.alloc(64, 1) },
      { ...INPUT, keyId: 'idsecret', secret: '' },
      { ...INPUT, keyId: 'idse', secret: 'cret' },
      { ...INPUT, secret: 'secretcommit', secretCommitment: 'ment' },
      { ...INPUT, secret: 'Secret' },
      { ...INPUT, secretCommitment: 'other' },
    ].map((input) => rememberedProof(input).toString('hex'));
    expect(new Set(proofs).size).toBe(proofs.length);
  });

  test("a gateway's key that is too short or too long is refused", () => {
    expect(() => rememberedProof({ ...INPUT, gatewayKey: Buffer.alloc(31) })).toThrow(RangeError);
    expect(() => rememberedProof({ ...INPUT, gatewayKey: Buffer.alloc(65) })).toThrow(RangeError);
  });
});

describe('HMAC-SHA-256', () => {
  test('is what node:crypto computes, for any key and message, also when a key is used again', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.array(fc.uint8Array({ maxLength: 200 })), (key, messages) => {
        const prepared = hmacKey(key);
        for (const message of messages) {
          const input = hmacInput(message.byteLength);
          input.set(message, MESSAGE_OFFSET);
          expect(hmacSha256(prepared, input)).toEqual(createHmac('sha256', key).update(message).digest());
        }
      }),
    );
  });

  test('gives the second vector of RFC 4231', () => {
    const input = hmacInput(28);
    input.write('what do ya want for nothing?', MESSAGE_OFFSET);
    const mac = hmacSha256(hmacKey(Buffer.from('Jefe')), input).toString('hex');
    expect(mac).toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
  });
});
