import type { ApiKeyState } from '@keyfold/domain';
import type { Fact } from './fact.js';

/** A key in memory. The proof says nothing by itself: it is bound to the commitment of the hash that it was made against. */
export class HeldKey {
  /** A Buffer of 32 bytes costs three times as much, and keeps alive the 8 KiB that it was cut from. */
  #proof: string | null;

  constructor(
    readonly fact: Fact<ApiKeyState>,
    proof: Buffer | null,
  ) {
    this.#proof = packed(proof);
  }

  get proof(): Buffer | null {
    return this.#proof === null ? null : Buffer.from(this.#proof, 'latin1');
  }

  set proof(proof: Buffer | null) {
    this.#proof = packed(proof);
  }
}

function packed(proof: Buffer | null): string | null {
  return proof === null ? null : proof.toString('latin1');
}
