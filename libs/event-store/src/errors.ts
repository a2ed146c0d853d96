/**
 * Postgres could not be reached, did not answer in time, or gave up. The caller answers 503.
 *
 * `indeterminate` means that the answer to a commit was lost: the append may be in the log. An idempotency key makes
 * asking again safe, since its record is written by the same commit.
 */
export class StoreUnavailableError extends Error {
  readonly code = 'STORE_UNAVAILABLE';
  override readonly name = 'StoreUnavailableError';

  constructor(
    message: string,
    readonly indeterminate: boolean,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** The database is reachable but must not be used: settings that lose commits, or a log that contradicts its head. */
export class StoreRefusedError extends Error {
  readonly code = 'STORE_REFUSED';
  override readonly name = 'StoreRefusedError';
}

// Classes: connection, resources, operator intervention, system. Codes: statement timeout, lock timeout, serialization,
// deadlock, and a primary that has become a standby.
const UNAVAILABLE_CLASSES = new Set(['08', '53', '58']);
const UNAVAILABLE_CODES = new Set(['57014', '57P01', '57P02', '57P03', '57P05', '55P03', '40001', '40P01', '25006']);
// The operating system's, the resolver's, and what Node says of a connection that is gone; not its words for wrong
// arguments.
const NETWORK_CODE = /^(?:E[A-Z]+|EAI_[A-Z]+|ERR_STREAM_[A-Z_]+)$/;
// What pg and pg-pool say without a code of any kind.
const NETWORK_MESSAGES = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'Query read timeout',
  'Client has encountered a connection error',
  'Client was closed',
  'Cannot use a pool after calling end',
];

/** The SQLSTATE of an error that Postgres sent, else null. */
export function sqlState(err: unknown): string | null {
  const { code, severity } = membersOf(err);
  // What the severity says is in the server's language; that there is one tells an error of Postgres's from one of the
  // client's.
  return typeof code === 'string' && severity !== undefined ? code : null;
}

/**
 * Whether an error of Postgres, of its client or of the way to it says that the same request may succeed later with
 * nothing about it changed.
 */
export function isUnavailability(err: unknown): boolean {
  const state = sqlState(err);
  if (state !== null) return UNAVAILABLE_CODES.has(state) || UNAVAILABLE_CLASSES.has(state.slice(0, 2));
  const { code, message } = membersOf(err);
  if (typeof code === 'string' && NETWORK_CODE.test(code)) return true;
  return typeof message === 'string' && NETWORK_MESSAGES.some((start) => message.startsWith(start));
}

// Judged by its members, not by its class: in tests, errors of the runtime's own modules are not instances of the
// global Error.
function membersOf(err: unknown): { code?: unknown; severity?: unknown; message?: unknown } {
  return typeof err === 'object' && err !== null ? err : {};
}

/**
 * A read's error as callers know it: unavailability becomes a {@link StoreUnavailableError}, the rest stays as it is.
 */
export async function translated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isUnavailability(error)) throw new StoreUnavailableError('Postgres did not answer', false, error);
    throw error;
  }
}
