import { nodeCommand, startChild } from './child.js';
import { cpuSeconds, LOAD_CORE, pin, SERVER_CORE } from './cores.js';
import type { HttpLoad, HttpLoadResult } from './http-load.js';

/** A server that is measured: one process. */
export interface AskedServer {
  readonly url: string;
  readonly pid: number;
}

/** A server of the bench's own. */
export interface StartedServer extends AskedServer {
  /** What it has printed. */
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

/** What came of a load. */
export interface Asked extends HttpLoadResult {
  /** Processor time of the server over the time of the load; null where the system does not tell. */
  readonly cpuShare: number | null;
  /** Answers for each second of processor time: what stays the same when others are at work on the machine. */
  readonly perCpuSecond: number | null;
}

/** Starts a module of this build that prints where it listens, with the heap that the gateway has. */
export async function startServer(module: string, ...args: readonly string[]): Promise<StartedServer> {
  const child = startChild(nodeCommand(module, ...args), { NODE_OPTIONS: '--max-semi-space-size=32' });
  const line = await child.line(/^listening at /);
  const url = line.slice('listening at '.length);
  return { url, pid: child.process.pid ?? 0, lines: child.output().split('\n'), stop: () => child.stop() };
}

/** Starts a load on a core of its own and waits for its end. */
export async function ask(server: AskedServer, load: HttpLoad): Promise<Asked> {
  const client = startChild(nodeCommand('bench/support/load-process.js', JSON.stringify(load)));
  pin(client.process.pid ?? 0, LOAD_CORE);
  const startMs = performance.now();
  const before = cpuSeconds(server.pid);
  // The contract between the two processes.
  const result = JSON.parse(await client.line(/^\{"perSecond":/)) as HttpLoadResult;
  const after = cpuSeconds(server.pid);
  const seconds = (performance.now() - startMs) / 1000;
  if (before === null || after === null) return { ...result, cpuShare: null, perCpuSecond: null };
  return {
    ...result,
    cpuShare: (after - before) / load.seconds,
    perCpuSecond: (result.perSecond * Math.min(load.seconds, seconds)) / (after - before),
  };
}

/** @returns whether all of them are on the servers' core */
export function pinServers(...servers: readonly AskedServer[]): boolean {
  return servers.map(({ pid }) => pin(pid, SERVER_CORE)).every(Boolean);
}
