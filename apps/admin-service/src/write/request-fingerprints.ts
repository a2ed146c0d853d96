import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { deriveKeys } from '@keyfold/domain';
import { AdminConfig } from '../platform/admin-config.js';

/**
 * Fingerprints of requests as they are stored: an HMAC under keys derived from the entries of the shared secret. Bodies
 * hold passwords and personal values; with a bare hash, who reads the table could try guesses against it at the speed
 * of SHA-256, also after an erasure.
 */
@Injectable()
export class RequestFingerprints {
  private readonly keys: readonly Buffer[];

  constructor({ settings }: AdminConfig) {
    this.keys = deriveKeys(settings.KEYFOLD_SHARED_SECRET, 'keyfold/v1/request-fingerprint');
  }

  /**
   * @returns one for each entry: the first is stored, all are the same request, also while the secret is being changed
   */
  of(request: string): readonly string[] {
    return this.keys.map((key) => createHmac('sha256', key).update(request).digest('base64url'));
  }
}
