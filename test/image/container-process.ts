import { readFileSync } from 'node:fs';
import { childrenOf, commandLineOf, type GuardedProcess, signalProcess, spawnGuarded } from '@keyfold/local-servers';
import { eventually } from '@keyfold/testing/eventually';
import type { Buildah } from './buildah.js';

const READY_WITHIN_MS = 90_000;

export interface ContainerCommand {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Folders of this machine, by where the program finds them. */
  readonly volumes?: Readonly<Record<string, string>>;
  /** Default: the image's. */
  readonly user?: string;
}

function words(container: string, { command, env = {}, user, volumes = {} }: ContainerCommand): string[] {
  return [
    ...['run', '--isolation', 'chroot'],
    ...(user === undefined ? [] : ['--user', user]),
    ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...Object.entries(volumes).flatMap(([to, from]) => ['--volume', `${from}:${to}`]),
    ...[container, '--', ...command],
  ];
}

/** Runs a program in a container to its end. @returns what it wrote; its error output is in the message if it fails */
export function runInContainer(buildah: Buildah, container: string, command: ContainerCommand): Promise<string> {
  return buildah.run(...words(container, command));
}

/** A service in a container: the same network and process table as ours, but its files and its user are the image's. */
export class ContainerProcess {
  readonly lines: string[];
  private readonly guarded: GuardedProcess;

  private constructor(guarded: GuardedProcess, lines: string[]) {
    this.guarded = guarded;
    this.lines = lines;
  }

  static async start(buildah: Buildah, container: string, command: ContainerCommand): Promise<ContainerProcess> {
    const lines: string[] = [];
    const guarded = await spawnGuarded({
      program: 'buildah',
      args: [...buildah.globalOptions, ...words(container, command)],
      cwd: '/',
      env: process.env,
      orphanSignal: 'TERM',
      onLine: (line) => void lines.push(line),
    });
    return new ContainerProcess(guarded, lines);
  }

  /** Waits for a page of its operations port to answer 200. */
  async ready(url: string): Promise<void> {
    const ended = this.guarded.exited.then((code) => {
      throw new Error(`ended with ${String(code)} before it was ready:\n${this.lines.join('\n')}`);
    });
    const ready = eventually(async () => (await fetch(url)).status === 200, READY_WITHIN_MS);
    await Promise.race([ready, ended]);
  }

  /** Its arguments and environment, which other users of a host may read. */
  shownToOthers(): string {
    const pid = programOf(this.guarded.pid) ?? 0;
    return ['cmdline', 'environ'].map((name) => readFileSync(`/proc/${pid}/${name}`, 'utf8')).join('\0');
  }

  /** SIGTERM as an engine sends it, to the program and not to buildah, which would kill it. @returns its exit code */
  async stop(): Promise<number | null> {
    const program = programOf(this.guarded.pid);
    if (program !== undefined) signalProcess(program, 'SIGTERM');
    return this.guarded.exited;
  }

  /** Whatever happened: nothing of it stays. */
  async kill(): Promise<void> {
    for (const pid of descendantsOf(this.guarded.pid)) signalProcess(pid, 'SIGKILL');
    await this.guarded.exited;
  }
}

function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

function programOf(buildah: number): number | undefined {
  return descendantsOf(buildah).find((pid) => /^(?:\/\S+\/)?node /.test(commandLineOf(pid) ?? ''));
}
