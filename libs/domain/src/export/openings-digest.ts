import { createHash } from 'node:crypto';
import { NoteError, type NoteSigner, type NoteVerifier, openNote, signNote } from '../log/index.js';

const TITLE = 'keyfold-openings/1';
const NEWLINE = '\n';

/** The records that an export holds. */
export interface ExportedPart {
  readonly from: number;
  readonly size: number;
}

/**
 * All lines of openings that an export holds, in order. The tree does not cover them, so each alone shows only that it
 * belongs to its record; the digest, signed by the log, shows that none was left out and none was added.
 */
export class OpeningsDigest {
  private readonly hash = createHash('sha256');
  private lines = 0;

  /** Lines so far. */
  get count(): number {
    return this.lines;
  }

  /** @param line the next one, without its newline */
  add(line: Uint8Array): void {
    this.hash.update(line).update(NEWLINE);
    this.lines += 1;
  }

  /**
   * The note of these lines, signed by the log's key. It cannot pass for a checkpoint, whose first line is the origin.
   *
   * @throws NoteError if the signer's name has no place in a note.
   */
  sign(part: ExportedPart, signer: NoteSigner): string {
    return signNote(this.textOf(part, signer.name), signer);
  }

  /** Whether a note is the one of these lines, by the log's key. Never throws for what comes from a file. */
  isSigned(note: string, part: ExportedPart, verifier: NoteVerifier): boolean {
    try {
      return openNote(note, verifier) === this.textOf(part, verifier.name);
    } catch (error) {
      if (error instanceof NoteError) return false;
      throw error;
    }
  }

  private textOf({ from, size }: ExportedPart, origin: string): string {
    const digest = this.hash.copy().digest('base64');
    return `${TITLE}\n${origin}\n${from} ${size}\n${this.lines} ${digest}\n`;
  }
}
