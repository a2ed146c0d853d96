import { Readable, Writable } from 'node:stream';
import { run } from '../../apps/keyfold-cli/src/run.js';
import type { Terminal } from '../../apps/keyfold-cli/src/terminal.js';

class Collected extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

export interface CommandOutcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/**
 * Runs `keyfold` in this process. @param given `input` is what it reads from standard input; nothing of the environment
 * is used
 */
export async function runKeyfold(
  args: readonly string[],
  given: Partial<Terminal> & { readonly input?: string } = {},
): Promise<CommandOutcome> {
  const stdout = new Collected();
  const stderr = new Collected();
  const stdin = Readable.from([Buffer.from(given.input ?? '')]);
  const code = await run(args, { stdin, stdout, stderr, serviceUrl: undefined, token: undefined, ...given });
  return { code, out: stdout.text, err: stderr.text };
}
