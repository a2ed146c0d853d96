import { readFile } from 'node:fs/promises';
import type { Checkpoint, NoteVerifier, TlogPolicy } from '@keyfold/domain';
import { openCheckpoint, parseTlogPolicy, parseVerifierKey } from '@keyfold/domain';
import { CommandError, EXIT, ioError } from '../exit-codes.js';

/** `<name>+<8 hex digits>+<base64>`: a C2SP verifier key, as opposed to the path of a file that holds one. */
const VERIFIER_KEY = /^\S+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{44}$/;

/** The key that `--key` means: the key itself, or the file that holds it. */
export async function readVerifierKey(keyOrFile: string): Promise<NoteVerifier> {
  const given = keyOrFile.trim();
  const text = VERIFIER_KEY.test(given) ? given : (await readTextFile(keyOrFile, 'the key')).trim();
  try {
    return parseVerifierKey(text);
  } catch (error) {
    // Not the text itself: whoever names the signing key's file by mistake must not see it on the terminal.
    const reason = error instanceof Error ? error.message : 'unreadable';
    throw new CommandError(EXIT.usage, `--key is not a verifier key (<name>+<hash>+<base64>): ${reason}`, {
      cause: error,
    });
  }
}

/**
 * A checkpoint kept from an earlier time: a file with the signed note. A shell variable takes the last newline away and
 * Windows writes CRLF; both are put right, since the signature is over text with line feeds alone.
 */
export async function readKnownCheckpoint(file: string, key: NoteVerifier): Promise<Checkpoint> {
  const text = await readTextFile(file, 'the known checkpoint');
  const note = text.replaceAll('\r\n', '\n').replace(/\n*$/, '\n');
  if (!note.slice(0, -1).includes('\n') && note.includes(' \u2014 '))
    throw new CommandError(EXIT.usage, `--known ${file} has lost its line breaks: quote the variable that holds it`);
  try {
    return openCheckpoint(note, key);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unreadable';
    throw new CommandError(EXIT.usage, `--known ${file} is not a checkpoint signed by this key: ${reason}`, {
      cause: error,
    });
  }
}

/** The policy in a file (C2SP tlog-policy). */
export async function readPolicy(file: string): Promise<TlogPolicy> {
  const text = await readTextFile(file, 'the policy');
  try {
    return parseTlogPolicy(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unreadable';
    throw new CommandError(EXIT.usage, `--policy ${file} cannot be used: ${reason}`, { cause: error });
  }
}

/** Less a byte order mark. */
export async function readTextFile(file: string, what: string): Promise<string> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw ioError(`cannot read ${what}`, error);
  });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new CommandError(EXIT.usage, `${what} in ${file} is not UTF-8: keep it as it was sent`, { cause: error });
  }
}
