import type { Surface } from '../../apps/auth-gateway/src/authentication/verdict.js';
import type { Step } from './plan.js';

/**
 * A moment on both clocks of this process: the monotonic one orders, the wall clock is what the log's times are
 * compared with.
 */
export interface Moment {
  readonly ms: number;
  readonly wallMs: number;
}

export function now(): Moment {
  return { ms: performance.now(), wallMs: Date.now() };
}

/** What must hold of the log's facts once a command has been answered with success. */
export type Effect =
  | { readonly is: 'key issued' | 'key revoked' | 'key superseded'; readonly keyId: string }
  | { readonly is: 'keys of user revoked' | 'active' | 'deactivated' | 'erased' | 'exists'; readonly userId: string }
  | { readonly is: 'role held' | 'role not held'; readonly userId: string; readonly roleId: string }
  | { readonly is: 'setting'; readonly name: string; readonly value: boolean | number };

/**
 * A command and what became of it. `unknown`: no answer, or one that says that nobody knows; it may have happened once.
 */
export interface CommandRecord {
  readonly label: string;
  readonly kind: Step['do'];
  readonly round: number;
  readonly actor: string;
  /** Type of the event that the command is for. */
  readonly event: string;
  /** The stream of that event, where it is known beforehand. */
  readonly stream: string | null;
  readonly sentAt: Moment;
  answeredAt: Moment | null;
  status: number;
  code: string;
  outcome: 'done' | 'refused' | 'unknown';
  /** Of every attempt that was answered. */
  readonly requestIds: string[];
  /** Attempts without an answer. */
  lost: number;
  /** Attempts whose answer says that nobody knows. */
  maybes: number;
  position: number | null;
  effect: Effect | null;
  /** The confirmation that was asked for with it; null if none was, or none was told of. */
  waitedFor: WaitedFor | null;
}

/** A confirmation that a client waited for. */
export interface WaitedFor {
  /** Of the record that is confirmed; of a command that changed nothing, the one that had brought it about. */
  readonly position: number;
  /** When a client was told that no gateway can miss it any more; null while it is pending. */
  confirmedAt: Moment | null;
}

export type DoneCommand = CommandRecord & { readonly answeredAt: Moment; readonly position: number };

/** Answered with success. */
export function isDone(command: CommandRecord): command is DoneCommand {
  const { answeredAt, outcome, position } = command;
  return outcome === 'done' && answeredAt !== null && position !== null;
}

type WaitingCommand = CommandRecord & { readonly waitedFor: WaitedFor };

/** Its confirmation was waited for. */
export function isWaitedFor(command: CommandRecord): command is WaitingCommand {
  return command.waitedFor !== null;
}

export type ConfirmedCommand = CommandRecord & { readonly waitedFor: WaitedFor & { readonly confirmedAt: Moment } };

/** A client was told that it is confirmed. */
export function isConfirmed(command: CommandRecord): command is ConfirmedCommand {
  return command.waitedFor !== null && command.waitedFor.confirmedAt !== null;
}

/** An answer of a gateway. */
export interface Observation {
  readonly gateway: string;
  readonly life: number;
  /** Several processes answer for a gateway with workers. */
  readonly alone: boolean;
  readonly surface: Surface;
  readonly keyId: string;
  readonly username: string;
  readonly isGenuine: boolean;
  readonly method: string;
  readonly sentAt: Moment;
  readonly answeredAt: Moment;
  /** 0: none. */
  readonly status: number;
  readonly allowed: boolean;
  readonly reason: string | null;
  readonly position: number | null;
  readonly said: { readonly username: string; readonly keyId: string; readonly expiresAt: string | null } | null;
}

/** What a gateway said of itself on its operations port. */
export interface Report {
  readonly gateway: string;
  readonly life: number;
  readonly alone: boolean;
  /** Before readiness was asked for. */
  readonly askedAt: Moment;
  readonly ready: boolean;
  readonly readiness: string;
  /** After readiness had been answered; null without an answer. */
  readonly metrics: {
    readonly askedAt: Moment;
    readonly answeredAt: Moment;
    readonly applied: number;
    readonly knownHead: number;
    readonly lag: number;
    readonly leaseSeconds: number;
  } | null;
}

/** Everything that a run has seen. */
export class History {
  readonly commands: CommandRecord[] = [];
  readonly observations: Observation[] = [];
  readonly reports: Report[] = [];
  readonly trace: string[] = [];
  readonly secrets = new Map<string, string>();
  private readonly startedAt = performance.now();

  note(line: string): void {
    this.trace.push(`${((performance.now() - this.startedAt) / 1_000).toFixed(2).padStart(7)} ${line}`);
  }
}
