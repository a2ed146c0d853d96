import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { deriveKeys } from '@keyfold/domain';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts what must be read again (AES-256-GCM) under keys derived from the entries of the shared secret: the first
 * encrypts, all decrypt. Who reads the database alone learns nothing.
 */
export class SecretBox {
  private readonly keys: readonly Buffer[];

  constructor(sharedSecrets: readonly string[]) {
    this.keys = deriveKeys(sharedSecrets, 'keyfold/v1/webhook-secret');
  }

  /** @param boundTo what the text belongs to: it opens for nothing else */
  seal(text: string, boundTo: string): Buffer {
    const [key] = this.keys;
    if (key === undefined) throw new TypeError('there is no shared secret');
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(boundTo));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
  }

  /** @returns null if no entry of the shared secret opens it: the one that sealed it has been removed */
  open(box: Buffer, boundTo: string): string | null {
    for (const key of this.keys) {
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
          .setAAD(Buffer.from(boundTo))
          .setAuthTag(box.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
        return decipher.update(box.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
      } catch {
        // Sealed under another entry.
      }
    }
    return null;
  }
}
