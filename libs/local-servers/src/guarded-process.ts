import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { signalProcess } from './process-table.js';

export interface GuardedProcess {
  readonly pid: number;
  /** Resolves once the process and its watchdog have ended, to the exit code, or null if a signal ended it. */
  readonly exited: Promise<number | null>;
  /** The last lines that it wrote, for error messages. */
  lastLines(): string;
  /** Sends `signal`, and SIGKILL if the process still runs `timeoutMs` later; resolves when it has ended. */
  stop(signal: NodeJS.Signals, timeoutMs: number): Promise<void>;
}

export interface GuardedProcessOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** What the watchdog sends when this process has vanished without stopping the child. */
  readonly orphanSignal: 'INT' | 'TERM';
  /** Each line of the child's output. */
  readonly onLine: (line: string) => void;
}

/**
 * Starts a child in a session of its own, so that a Ctrl-C in the terminal reaches only this process, which then stops
 * its children in order. A small shell beside it holds a pipe to this process and stops the child when the pipe closes
 * without a word: that is what happens on kill -9, when nobody else could do it.
 *
 * @throws if the program cannot be run (missing, not executable, or out of reach for `user`)
 */
export async function spawnGuarded(options: GuardedProcessOptions): Promise<GuardedProcess> {
  const child = spawn(options.program, options.args, {
    cwd: options.cwd,
    env: options.env,
    ...options.user,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const pid = pidOf(child);
  const watchdog = startWatchdog(pid, options.orphanSignal);
  const tail: string[] = [];
  const onLine = (line: string): void => {
    tail.push(line);
    if (tail.length > 20) tail.shift();
    options.onLine(line);
  };
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', onLine);
  const exited = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      void watchdog.release().then(() => {
        resolve(code);
      });
    });
  });
  return {
    pid,
    exited,
    lastLines: () => tail.join('\n'),
    stop: (signal, timeoutMs) => stopChild(child, exited, { signal, timeoutMs }),
  };
}

async function stopChild(
  child: ChildProcess,
  exited: Promise<unknown>,
  how: { signal: NodeJS.Signals; timeoutMs: number },
): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) signalProcess(pidOf(child), how.signal);
  const timer = setTimeout(() => {
    if (child.exitCode === null && child.signalCode === null) signalProcess(pidOf(child), 'SIGKILL');
  }, how.timeoutMs);
  await exited;
  clearTimeout(timer);
}

// `read` ends with success only for a full line, so a pipe that closes silently falls through to the kill.
const watchdogScript = `
read -r word && [ "$word" = released ] && exit 0
kill -s "$2" "$1" 2>/dev/null || exit 0
tries=0
while kill -0 "$1" 2>/dev/null; do
  # Ended, but not collected by whoever adopted it: there is nothing left to stop.
  case "$(cat "/proc/$1/stat" 2>/dev/null)" in *') Z '*) exit 0 ;; esac
  tries=$((tries + 1))
  if [ "$tries" -gt 100 ]; then kill -s KILL "$1" 2>/dev/null; exit 0; fi
  sleep 0.1
done
`;

function startWatchdog(pid: number, signal: string): { release(): Promise<void> } {
  const shell = spawn('/bin/sh', ['-c', watchdogScript, 'keyfold-watchdog', String(pid), signal], {
    cwd: '/',
    env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = new Promise<void>((resolve) => {
    shell.once('error', () => {
      resolve();
    });
    shell.once('exit', () => {
      resolve();
    });
  });
  // It must not keep a process alive that has nothing else to do; the pipe closes with that process.
  shell.unref();
  shell.stdin.on('error', () => undefined);
  if (shell.stdin instanceof Socket) shell.stdin.unref();
  return {
    release(): Promise<void> {
      shell.ref();
      shell.stdin.end('released\n');
      return ended;
    },
  };
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('The process was never started.');
  return child.pid;
}
