import { ConfigError } from '../config/load-config.js';

/** What one service has to say of its start, see {@link startProblem}. */
export interface StartWords {
  /** The variables of the ports that it listens on. */
  readonly ports: readonly string[];
  /** The variable that leads to its Postgres. */
  readonly databaseUrl: string;
  /**
   * Sentences by the error's code: the operating system's, or a SQLSTATE. They go before the ones that all services
   * have.
   */
  readonly sentences: Readonly<Record<string, string>>;
  /** Of errors that the service has itself. */
  readonly ownProblem: (error: Error) => string | undefined;
}

/** Settings as they were read; only where the service was to listen is looked at. */
export type StartSettings = Readonly<Record<string, unknown>>;

const LISTENERS = ['KEYFOLD_HOST', 'KEYFOLD_OPS_HOST'];
const notOurs = (name = 'KEYFOLD_HOST'): string => `${name} is not an address of this machine.`;
const noAnswer = (databaseUrl: string): string => `Postgres does not answer at the address in ${databaseUrl}.`;
const unknownHost = (databaseUrl: string): string => `The host in ${databaseUrl} is not known.`;

/** By the error's code, made for the variable that leads to Postgres. */
const COMMON_SENTENCES: Readonly<Record<string, (databaseUrl: string) => string>> = {
  EADDRNOTAVAIL: () => notOurs(),
  EROFS: () => 'KEYFOLD_DATA_DIR cannot be written to.',
  ECONNREFUSED: noAnswer,
  EHOSTUNREACH: noAnswer,
  ENETUNREACH: noAnswer,
  ETIMEDOUT: noAnswer,
  ENOTFOUND: unknownHost,
  EAI_AGAIN: unknownHost,
  '57P03': (databaseUrl) =>
    `Postgres at the address in ${databaseUrl} is starting or stopping and takes no connections yet.`,
  '3D000': (databaseUrl) => `The database that ${databaseUrl} names does not exist.`,
};

/**
 * Why a service cannot start, as a sentence for its operator; undefined if only the error itself says it. Never holds a
 * value of the configuration.
 *
 * @param settings to tell one port or host from another, where the configuration could be read
 */
export function startProblem(error: unknown, words: StartWords, settings: StartSettings = {}): string | undefined {
  if (error instanceof ConfigError) return `The configuration has problems:\n${error.message}`;
  if (!(error instanceof Error)) return undefined;
  const own = words.ownProblem(error) ?? sentenceOf(error, words, settings);
  return own ?? startProblem(error.cause, words, settings);
}

interface SystemError extends Error {
  readonly address?: unknown;
  readonly code?: unknown;
  readonly hostname?: unknown;
  readonly port?: unknown;
}

function sentenceOf(error: SystemError, words: StartWords, settings: StartSettings): string | undefined {
  const { address, code, hostname, port } = error;
  if (code === 'EADDRINUSE') {
    const named = words.ports.filter((name) => settings[name] !== undefined && settings[name] === port);
    const names = named.length === 0 ? words.ports : named;
    return `A port is taken by another program: choose another with ${names.join(', ')}.`;
  }
  // Both an address to listen on and Postgres's may be a name that nobody knows.
  const host = hostname ?? (code === 'EADDRNOTAVAIL' ? address : undefined);
  const listener = host === undefined ? undefined : LISTENERS.find((name) => host === settings[name]);
  if (listener !== undefined) return notOurs(listener);
  return typeof code === 'string' ? (words.sentences[code] ?? COMMON_SENTENCES[code]?.(words.databaseUrl)) : undefined;
}
