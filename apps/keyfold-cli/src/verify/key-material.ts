import { readFile } from 'node:fs/promises';
import { openCheckpoint, parseVerifierKey } from '@keyfold/domain';
import type { Checkpoint, NoteVerifier } from '@keyfold/domain';
import { CommandError, EXIT, ioError } from '../exit-codes.js';

/** `<name>+<8 hex digits>+<base64>`: a C2SP verifier key, as opposed to the path of a file that holds one. */
const VERIFIER_KEY = /^\S+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{44}$/;

/** The key that `--key` means: the key itself, or the file that holds it. */
export async function readVerifierKey(keyOrFile: string): Promise<NoteVerifier> {
  const text = VERIFIER_KEY.test(keyOrFile) ? keyOrFile : (await readTextFile(keyOrFile, 'the key')).trim();
  try {
    return parseVerifierKey(text);
  } catch (err) {
    // Not the text itself: whoever names the signing key's file by mistake must not see it on the terminal.
    const reason = err instanceof Error ? err.message : 'unreadable';
    throw new CommandError(EXIT.usage, `--key is no verifier key (<name>+<hash>+<base64>): ${reason}`, { cause: err });
  }
}

/** A checkpoint kept from an earlier time: a file with the signed note. */
export async function readKnownCheckpoint(file: string, key: NoteVerifier): Promise<Checkpoint> {
  const note = await readTextFile(file, 'the known checkpoint');
  try {
    return openCheckpoint(note, key);
  } catch (err) {
    const reason = err instanceof Error ? err.message : 'unreadable';
    throw new CommandError(EXIT.usage, `--known ${file} is no checkpoint by this key: ${reason}`, { cause: err });
  }
}

async function readTextFile(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (err) {
    throw ioError(`cannot read ${what}`, err);
  }
}
