import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { makeApiKey } from '@keyfold/domain';
import { LogKeys } from '../core/log-keys.js';
import { SecretHasher } from '../core/secret-hasher.js';

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

  async make(): Promise<MadeApiKey> {
    const { key, keyId, secret, hint } = makeApiKey(
      { keyIdBytes: randomBytes(16), secretBytes: randomBytes(32) },
      this.keys.shared,
    );
    return { key, keyId, hint, secretHash: await this.hasher.hash(secret) };
  }
}
