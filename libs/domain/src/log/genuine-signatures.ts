import { hash } from 'node:crypto';
import type { NoteVerifier } from './note-key.js';

const SIGNATURE_BYTES = 64;

/**
 * Signatures that have been found genuine. One that comes again with the same message under the same key is not checked
 * a second time: a SHA-256 takes a hundredth of what Ed25519 takes, and the same checkpoint comes with a record, with
 * each head and in receipts. Everything else is checked: nothing passes for being like something that is remembered.
 */
export class GenuineSignatures {
  private readonly seen = new Set<string>();

  /** @param most how many are remembered; the oldest is forgotten first */
  constructor(private readonly most: number) {}

  /** @returns the same key, whose genuine signatures are remembered here */
  remembering<Verifier extends Pick<NoteVerifier, 'verifierKey' | 'verify'>>(verifier: Verifier): Verifier {
    return {
      ...verifier,
      verify: (message: Uint8Array, signature: Uint8Array): boolean => {
        // Of a fixed length, so that no other parts give the same bytes.
        if (signature.byteLength !== SIGNATURE_BYTES) return false;
        const name = hash('sha256', Buffer.concat([Buffer.from(`${verifier.verifierKey}\n`), signature, message]));
        if (this.seen.has(name)) return true;
        if (!verifier.verify(message, signature)) return false;
        this.remember(name);
        return true;
      },
    };
  }

  private remember(name: string): void {
    const [oldest] = this.seen;
    if (oldest !== undefined && this.seen.size >= this.most) this.seen.delete(oldest);
    this.seen.add(name);
  }
}
