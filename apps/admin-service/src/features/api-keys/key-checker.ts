import { Injectable } from '@nestjs/common';
import { parseApiKey, type ParsedApiKey } from '@keyfold/domain';
import { LogKeys } from '../../platform/log-keys.js';
import { SecretHasher } from '../../platform/secret-hasher.js';

/** Tells whether a text is a genuine key, cheapest check first: only a key that was really made leads to a hash. */
@Injectable()
export class KeyChecker {
  constructor(
    private readonly keys: LogKeys,
    private readonly hasher: SecretHasher,
  ) {}

  parse(text: string): ParsedApiKey {
    return parseApiKey(text, this.keys.shared);
  }

  /** @param secretHash null where it was erased, or never made: nothing proves such a key */
  proves(secret: string, secretHash: string | null): Promise<boolean> {
    return this.hasher.verify(secretHash, secret);
  }
}
