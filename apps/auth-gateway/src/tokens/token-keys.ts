import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';
import type { SharedKeys } from '@keyfold/domain';

/** What stands before the 32 bytes of an Ed25519 seed in PKCS #8 (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The key that signs, and all whose tokens may still be about. */
export interface TokenKeys {
  readonly keyId: string;
  readonly privateKey: KeyObject;
  /** RFC 7517, public halves only. */
  readonly jwks: { readonly keys: readonly JWK[] };
}

/**
 * The Ed25519 keys of tokens and assertions. They follow from the shared secret, so every gateway has the same ones and
 * none has to be handed round: the first entry signs, all are published, so that a secret can be changed without
 * refusing what is still valid.
 */
export async function tokenKeys({ tokenSeeds }: Pick<SharedKeys, 'tokenSeeds'>): Promise<TokenKeys> {
  const privateKeys = tokenSeeds.map((seed) =>
    createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' }),
  );
  const keys = await Promise.all(privateKeys.map(publicJwk));
  const [first] = privateKeys;
  const keyId = keys[0]?.kid;
  if (first === undefined || keyId === undefined) throw new Error('the shared secret has no entry');
  return { keyId, privateKey: first, jwks: { keys } };
}

async function publicJwk(privateKey: KeyObject): Promise<JWK> {
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' }) as JWK;
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'EdDSA', use: 'sig' };
}
