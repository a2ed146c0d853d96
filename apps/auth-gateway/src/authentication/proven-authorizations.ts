import { createHmac, hash } from 'node:crypto';
import type { HeldKey, HeldUser } from '../facts/gateway-facts.js';
import { DigestCache } from './digest-cache.js';

/** What an Authorization value was once found to be. Whether it passes is decided anew for each request. */
export interface ProvenAuthorization {
  /** In memory it is as it is now; once it has left memory, this is worth nothing. */
  readonly held: HeldKey;
  /** Of the key, alike. */
  readonly owner: HeldUser;
  readonly username: string;
  /** Of the hash that the secret was proven against; once the key has another, this is worth nothing. */
  readonly secretCommitment: string;
}

/**
 * Authorization values whose secret was proven, by a keyed digest of the whole value, name and secret together, so that
 * no part of one can stand for a part of another. It spares a client that comes again the taking apart, the tag, the
 * proof and the look-ups of key and owner. The values themselves are not kept.
 */
export class ProvenAuthorizations {
  private readonly byDigest: DigestCache<ProvenAuthorization>;
  private readonly digestKey: string;
  private _hits = 0;
  private _misses = 0;

  constructor(gatewayKey: Buffer, maxEntries: number) {
    this.byDigest = new DigestCache({ max: maxEntries });
    this.digestKey = createHmac('sha256', gatewayKey).update('keyfold/v1/authorization-digest').digest('base64');
  }

  get size(): number {
    return this.byDigest.size;
  }

  /** Values that were recognised since the start. */
  get hits(): number {
    return this._hits;
  }

  get misses(): number {
    return this._misses;
  }

  get(authorization: string): ProvenAuthorization | undefined {
    const proven = this.byDigest.get(this.digest(authorization));
    if (proven === undefined) this._misses++;
    else this._hits++;
    return proven;
  }

  set(authorization: string, { held, owner, secretCommitment, username }: ProvenAuthorization): void {
    const { state } = owner;
    const own = 'username' in state && state.username === username ? state.username : ownCopy(username);
    this.byDigest.set(this.digest(authorization), { held, owner, username: own, secretCommitment });
  }

  /**
   * The key has a fixed length and digests are never shown, so a keyed prefix is as good as an HMAC here, at a quarter
   * of its price.
   */
  private digest(authorization: string): string {
    return hash('sha256', this.digestKey + authorization, 'binary');
  }
}

/** A part of a string keeps the whole string in memory, here with the secret in it. Names are ASCII. */
function ownCopy(part: string): string {
  return Buffer.from(part, 'latin1').toString('latin1');
}
