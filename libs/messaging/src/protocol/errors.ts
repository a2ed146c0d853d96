import type { Fork } from '@keyfold/domain';
import { failureText } from '../ports/feed-log.js';

/** What is known of a fork: two states of one log of which neither extends the other. */
export interface ForkReport extends Fork {
  /**
   * Who noticed: the signer's guard, a comparison with the stream, a gateway's request, an append, or the check of a
   * server.
   */
  readonly noticedBy: 'signer' | 'stream' | 'gateway' | 'append' | 'server';
  readonly detail: string;
  /** The first position that differs, where it could be found out. */
  readonly firstDifferingPosition: number | null;
}

/**
 * This database's log does not extend what has been signed before: nothing may be signed or written any more, until an
 * administrator acknowledges the fork by the position and the checkpoint that the report names.
 */
export class LogForkedError extends Error {
  readonly code = 'LOG_FORKED';
  override readonly name = 'LogForkedError';

  constructor(readonly report: ForkReport) {
    super(`the log has forked: ${report.detail}`);
  }
}

/** The stable codes of an answer that refuses a gateway's request. */
export type RequestRefusal =
  | 'MALFORMED_REQUEST'
  | 'NOT_AUTHENTICATED'
  | 'AHEAD_OF_LOG'
  | 'UNKNOWN_CHECKPOINT'
  | 'BAD_PROCESS'
  | 'NO_LEASE'
  | 'LOG_FORKED'
  | 'UNAVAILABLE';

/** A gateway's request that cannot be answered; `code` is all that the answer says. */
export class RequestRefusedError extends Error {
  constructor(
    readonly code: RequestRefusal,
    detail: string,
  ) {
    super(detail);
  }
}

/** Why something that came over the feed was not applied. */
export type FeedProblemCode =
  | 'BAD_CHECKPOINT'
  | 'BAD_ROOT'
  | 'BAD_RECORD'
  | 'BAD_OPENING'
  | 'MISSING_OPENING'
  | 'BAD_HEAD'
  | 'BAD_REPLY'
  | 'LOG_FORKED'
  | 'HANDLER_FAILED'
  | 'ADMIN_UNREACHABLE'
  | 'NOT_STARTED';

/** Something from the feed that does not verify, or could not be had. Never applied. */
export class FeedProblem extends Error {
  constructor(
    readonly code: FeedProblemCode,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(detail, options);
  }
}

/**
 * Records that the log has signed, of which an opening is missing or wrong: these alone have to be had from elsewhere.
 */
export class OpeningProblem extends FeedProblem {
  constructor(
    code: 'BAD_OPENING' | 'MISSING_OPENING',
    detail: string,
    readonly positions: readonly number[],
  ) {
    super(code, detail);
  }
}

/** What went wrong as a problem of the feed; `code` is for what is none yet. */
export function problemOf(error: unknown, code: FeedProblemCode): FeedProblem {
  if (error instanceof FeedProblem) return error;
  return new FeedProblem(code, failureText(error), { cause: error });
}
