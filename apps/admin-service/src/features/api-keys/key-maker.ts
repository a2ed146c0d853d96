import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { keyIdBytesOf, makeApiKey } from '@keyfold/domain';
import { LogKeys } from '../../platform/log-keys.js';
import { SecretHasher } from '../../platform/secret-hasher.js';

export interface MadeApiKey {
  /** The whole key: goes into one answer and nowhere else. */
  readonly key: string;
  readonly keyId: string;
  readonly hint: string;
  readonly secretHash: string;
}

/** Makes keys: the only place where randomness and hashing of secrets happen. */
@Injectable()
export class KeyMaker {
  constructor(
    private readonly keys: LogKeys,
    private readonly hasher: SecretHasher,
  ) {}

  /** @param keyId of a key that was promised under this id; without it, a fresh one */
  async make(keyId?: string): Promise<MadeApiKey> {
    const keyIdBytes = keyId === undefined ? randomBytes(16) : keyIdBytesOf(keyId);
    const made = makeApiKey({ keyIdBytes, secretBytes: randomBytes(32) }, this.keys.shared);
    const { key, secret, hint } = made;
    return { key, keyId: made.keyId, hint, secretHash: await this.hasher.hash(secret) };
  }

  /** The id of a key whose secret is made later. */
  newId(): string {
    return makeApiKey({ keyIdBytes: randomBytes(16), secretBytes: randomBytes(32) }, this.keys.shared).keyId;
  }
}
