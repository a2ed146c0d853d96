import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { checkoutRoot } from '@keyfold/local-servers';

const READY_TIMEOUT_MS = 120_000;

/** A process of the bench's own, whose output is kept for the message if it fails. */
export interface Child {
  readonly process: ChildProcess;
  output(): string;
  /** Resolves with the line once it appears on standard output; rejects if the process ends first. */
  line(pattern: RegExp): Promise<string>;
  /** Sends the signal and resolves when the process has ended. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const running = new Set<ChildProcess>();
// Services would outlive a bench that was interrupted.
process.once('exit', () => {
  for (const child of running) child.kill('SIGTERM');
});

/** Variables of whoever runs the bench must not steer what is measured; the program of nats-server may be named. */
function cleanEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('KEYFOLD_') || name === 'KEYFOLD_NATS_SERVER',
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, value ?? '']));
}

export function startChild(command: readonly string[], env: Record<string, string> = {}): Child {
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    cwd: checkoutRoot(),
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  const output = (): string => Buffer.concat(chunks).toString('utf8');
  return {
    process: child,
    output,
    line: (pattern) => waitForLine(child, pattern, output),
    async stop(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
  };
}

/** A module of this build under the bench's own Node. */
export function nodeCommand(module: string, ...args: readonly string[]): string[] {
  return [process.execPath, '--enable-source-maps', join(checkoutRoot(), 'dist', module), ...args];
}

function waitForLine(child: ChildProcess, pattern: RegExp, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void): void => {
      clearTimeout(timer);
      child.stdout?.off('data', look);
      child.off('exit', ended);
      outcome();
    };
    const fail = (reason: string) => (): void => {
      settle(() => {
        reject(new Error(`${reason}:\n${output().slice(-2000)}`));
      });
    };
    const ended = fail('the process ended before it was ready');
    const timer = setTimeout(fail('the process was not ready in time'), READY_TIMEOUT_MS);
    const look = (): void => {
      const line = output()
        .split('\n')
        .find((text) => pattern.test(text));
      if (line === undefined) return;
      settle(() => {
        resolve(line);
      });
    };
    child.stdout?.on('data', look);
    child.once('exit', ended);
    look();
  });
}
