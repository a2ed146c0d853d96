import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import pg from 'pg';
import { signalProcess } from '@keyfold/local-servers';
import type { FaultProxy } from '@keyfold/testing/fault-proxy';
import type { ServiceProcess } from '@keyfold/testing/service-process';
import type { Fault } from '../plan.js';
import type { AdminNode, GatewayNode, World } from '../world.js';

const run = promisify(execFile);

/** Undoes what a fault has done. */
export type Heal = () => Promise<void>;

/** A fault that holds. */
export interface Struck {
  readonly heal: Heal;
  /** Resolves once the product shows what it must show under this fault; before that it is not healed. */
  readonly shows?: () => Promise<void>;
  /** Whether anything was hit, asked before it is healed: a fault that nothing has met shows nothing. */
  readonly hadEffect: () => Promise<boolean> | boolean;
}

export type Strike = (world: World, fault: Fault) => Promise<Struck>;

export const at = <T>(list: readonly T[], nth: number): T => list[nth % list.length] as T;
export const nothing: Heal = () => Promise.resolve();

export const onAdmin =
  (hit: (admin: AdminNode, world: World) => Promise<Struck>): Strike =>
  (world, { target }) =>
    hit(at(world.admins, target), world);
export const onGateway =
  (hit: (gateway: GatewayNode, world: World) => Promise<Struck>): Strike =>
  (world, fault) =>
    hit(at(world.gateways, fault.target), world);

/**
 * The rest of a fault that has begun: if that fails, what has begun is healed, since whoever is told that a fault could
 * not strike heals nothing.
 *
 * @returns the fault as it began
 */
export async function wholly(struck: Struck, rest: () => Promise<void>): Promise<Struck> {
  try {
    await rest();
    return struck;
  } catch (error) {
    await struck.heal();
    throw error;
  }
}

export async function killed(process: ServiceProcess): Promise<Struck> {
  const wasRunning = process.pid > 0;
  await process.end('SIGKILL');
  return { heal: () => process.start(), hadEffect: () => wasRunning && process.pid === 0 };
}

export async function endedInOrder(process: ServiceProcess): Promise<Struck> {
  const wasRunning = process.pid > 0;
  const code = await process.end('SIGTERM');
  const shows = (): Promise<void> => (code === 0 ? nothing() : Promise.reject(new Error(`ended with ${String(code)}`)));
  return { heal: () => process.start(), shows, hadEffect: () => wasRunning && process.pid === 0 };
}

/** @param pids 0 for a process that does not run */
export function frozen(pids: readonly number[]): Promise<Struck> {
  const running = pids.filter((pid) => pid > 0);
  for (const pid of running) signalProcess(pid, 'SIGSTOP');
  return Promise.resolve({
    heal: () => {
      for (const pid of running) signalProcess(pid, 'SIGCONT');
      return Promise.resolve();
    },
    hadEffect: async () => running.length > 0 && (await Promise.all(running.map(isStopped))).some(Boolean),
  });
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** By the system's word; a process that has ended meanwhile is not stopped. */
async function isStopped(pid: number): Promise<boolean> {
  const { stdout } = await run('ps', ['-o', 'stat=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return stdout.trim().startsWith('T');
}

export function opened(link: FaultProxy): Promise<void> {
  link.become('open');
  return Promise.resolve();
}

/** @returns how many sessions there were */
export async function endSessions(client: pg.Client): Promise<number> {
  const { rows } = await client.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname like 'test_%' and pid <> pg_backend_pid()",
  );
  return rows.length;
}

export async function asSuperuser<T>({ postgres }: World, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const connectionString = postgres.url('postgres');
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 3_000, query_timeout: 3_000 });
  client.on('error', () => undefined);
  await client.connect();
  return work(client).finally(() => client.end().catch(() => undefined));
}
