import { parseCosignerVerifierKey } from '@keyfold/domain';
import { CommandError, EXIT } from '../exit-codes.js';
import { readTextFile } from '../verify/key-material.js';

/**
 * The verifier keys of a `--gateways` file: one on each line (blank lines and lines that begin with `#` aside), or the
 * JSON that GET /v1/gateways answers, of which every `verifierKey` counts.
 *
 * @throws CommandError if the file cannot be read, has no key, or one that is malformed
 */
export async function readPinnedGateways(file: string): Promise<readonly string[]> {
  const text = await readTextFile(file, 'the keys of the gateways');
  const keys = text.trimStart().startsWith('{') ? keysOfAnswer(parseAnswer(text, file)) : keysOfLines(text);
  if (keys.length === 0) throw new CommandError(EXIT.usage, `--gateways ${file} has no key`);
  for (const key of keys) requireKey(key, file);
  return keys;
}

function keysOfLines(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

function parseAnswer(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CommandError(EXIT.usage, `--gateways ${file} is not JSON`, { cause: error });
  }
}

function keysOfAnswer(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === 'verifierKey' && typeof member === 'string' ? [member] : keysOfAnswer(member),
  );
}

function requireKey(key: string, file: string): void {
  try {
    parseCosignerVerifierKey(key);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unreadable';
    throw new CommandError(EXIT.usage, `--gateways ${file} has a malformed key: ${reason}`, { cause: error });
  }
}
