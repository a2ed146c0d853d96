import { createHash, createPublicKey } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { deriveSharedKeys } from '@keyfold/domain';
import { tokenKeys } from './token-keys.js';

const OLD = 'an-older-entry-of-the-shared-secret';
const NEW = 'a-newer-entry-of-the-shared-secret!';

test('every gateway with the same secret has the same keys: the first signs, all are published, no private half is', async () => {
  const keys = await tokenKeys(deriveSharedKeys([NEW, OLD]));
  const again = await tokenKeys(deriveSharedKeys([NEW, OLD]));
  expect(again.jwks).toEqual(keys.jwks);
  const [first, second] = keys.jwks.keys;
  expect(keys.jwks.keys).toHaveLength(2);
  expect(keys.keyId).toBe(first?.kid);
  expect(first?.kid).not.toBe(second?.kid);
  for (const key of keys.jwks.keys) {
    expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
    expect(key).toMatchObject({ alg: 'EdDSA', crv: 'Ed25519', kty: 'OKP', use: 'sig' });
    const named = JSON.stringify({ crv: key.crv, kty: key.kty, x: key.x });
    expect(key.kid).toBe(createHash('sha256').update(named).digest('base64url'));
  }
  expect(createPublicKey(keys.privateKey).export({ format: 'jwk' }).x).toBe(first?.x);
  const rotatedOut = await tokenKeys(deriveSharedKeys([OLD]));
  expect(rotatedOut.jwks.keys).toEqual([second]);
});

test('the keys never change for the same secret: services keep them', async () => {
  const { jwks } = await tokenKeys(deriveSharedKeys([OLD]));
  expect(jwks.keys[0]?.x).toMatchInlineSnapshot(`"HGAZqdYuEFA3gxITl25qwz88dFk3PVP8E8ZhlMvb5oM"`);
});
