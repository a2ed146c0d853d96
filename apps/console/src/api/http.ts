import { noteServiceTime } from './clock.js';

/**
 * One refusal by the API (RFC 9457), or an answer that never came. The service's `detail` is left out: it is English,
 * and a page says by the code what is wrong.
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly errors: readonly FieldProblem[];
  /** Those that are missing, if it is for want of these. */
  readonly permissions: readonly string[];
  readonly retryAfterSeconds: number | null;
  /** What was asked for changes nothing, whether or not it was done. */
  readonly isRead: boolean;

  constructor(
    /** 0 where there was no answer. */
    readonly status: number,
    /** Stable and upper-case; `NO_ANSWER` where there was none. */
    readonly code: string,
    more: ProblemDetails = {},
  ) {
    super(code);
    this.errors = more.errors ?? [];
    this.permissions = more.permissions ?? [];
    this.retryAfterSeconds = more.retryAfterSeconds ?? null;
    this.isRead = more.isRead ?? false;
  }
}

interface ProblemDetails {
  readonly errors?: readonly FieldProblem[];
  readonly permissions?: readonly string[];
  readonly retryAfterSeconds?: number | null;
  readonly isRead?: boolean;
}

export interface FieldProblem {
  /** JSON pointer into the body, e.g. `/expiresInDays`. */
  readonly path: string;
  /** The rule that it breaks. */
  readonly code?: string;
  readonly params?: FieldParams;
  /** What a page itself has to say, in the reader's language. The service's own message is never shown. */
  readonly said?: string;
}

/** What a rule compares with, such as `max`. */
export type FieldParams = Readonly<Record<string, number | string | readonly string[]>>;

export interface Reply<Body> {
  readonly status: number;
  readonly body: Body;
  readonly etag: string | null;
  /** Of the write's last event. */
  readonly position: number | null;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly ifMatch?: string | null;
  /** Made once for each intent, so that a repeat after a lost answer does nothing twice. */
  readonly idempotencyKey?: string;
  readonly waitSeconds?: number;
  readonly signal?: AbortSignal;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

const TIMEOUT_MS = 30_000;

/** Set by the session dialog: resolves once the same person has signed in again, rejects if they give up. */
let signInAgain: (() => Promise<void>) | null = null;

export function onSessionEnded(handler: typeof signInAgain): void {
  signInAgain = handler;
}

/**
 * One request to the API that serves this page. A session that has ended is renewed in place, and the request is then
 * sent again: what was typed into a form is not lost.
 *
 * @throws Problem for every answer but 2xx, and where there is none
 */
export async function call<Body>(method: Method, path: string, options: CallOptions = {}): Promise<Reply<Body>> {
  return withSession(() => callOnce<Body>(method, path, options));
}

/** As `call`, but a session that has ended is not renewed. */
export async function callOnce<Body>(method: Method, path: string, options: CallOptions = {}): Promise<Reply<Body>> {
  const response = await answerTo(method, path, options);
  const text = await response.text();
  if (!response.ok) throw problemOf(response, text, method);
  return {
    status: response.status,
    body: (text === '' ? null : JSON.parse(text)) as Body,
    etag: response.headers.get('etag'),
    position: numberOrNull(response.headers.get('keyfold-position')),
  };
}

/** A long answer, as it comes. It may take as long as it needs: `signal` ends it. */
export async function callForStream(
  path: string,
  accept: string,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  return withSession(async () => {
    const response = await answerTo('GET', path, { accept, signal, hasNoLimit: true });
    if (!response.ok || response.body === null) throw problemOf(response, await response.text(), 'GET');
    return response.body;
  });
}

async function withSession<Outcome>(ask: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401 || error.code !== 'UNAUTHENTICATED' || signInAgain === null)
      throw error;
    await signInAgain();
    return ask();
  }
}

/** As `call`, for those who only want the body of a GET. */
export async function get<Body>(path: string, signal?: AbortSignal): Promise<Body> {
  return (await call<Body>('GET', path, signal === undefined ? {} : { signal })).body;
}

/** A fresh Idempotency-Key. crypto.randomUUID needs a secure context, and plain http over a network is not one. */
export function newIntent(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

interface FetchOptions extends CallOptions {
  readonly accept?: string;
  readonly hasNoLimit?: boolean;
}

async function answerTo(method: Method, path: string, options: FetchOptions): Promise<Response> {
  const { body, ifMatch, idempotencyKey, waitSeconds, signal, accept = 'application/json', hasNoLimit } = options;
  const limits = [
    ...(signal === undefined ? [] : [signal]),
    ...(hasNoLimit === true ? [] : [AbortSignal.timeout(TIMEOUT_MS + (waitSeconds ?? 0) * 1000)]),
  ];
  const headers = new Headers({ accept });
  if (body !== undefined) headers.set('content-type', 'application/json');
  if (typeof ifMatch === 'string') headers.set('if-match', ifMatch);
  if (idempotencyKey !== undefined) headers.set('idempotency-key', idempotencyKey);
  if (waitSeconds !== undefined) headers.set('prefer', `wait=${waitSeconds}`);
  const sentAtMs = Date.now();
  try {
    const response = await fetch(path, {
      method,
      headers,
      cache: 'no-store',
      credentials: 'same-origin',
      signal: AbortSignal.any(limits),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    noteServiceTime(response.headers.get('date'), sentAtMs);
    return response;
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new Problem(0, 'NO_ANSWER', { isRead: method === 'GET' });
  }
}

function problemOf(response: Response, text: string, method: Method): Problem {
  const isRead = method === 'GET';
  const retryAfterSeconds = numberOrNull(response.headers.get('retry-after'));
  try {
    const {
      code,
      errors = [],
      permissions = [],
    } = JSON.parse(text) as {
      code: string;
      errors?: readonly FieldProblem[];
      permissions?: readonly string[];
    };
    return new Problem(response.status, code, { errors, permissions, retryAfterSeconds, isRead });
  } catch {
    // A proxy in between answered for the service.
    return new Problem(response.status, 'UNAVAILABLE', { retryAfterSeconds, isRead });
  }
}

function numberOrNull(text: string | null): number | null {
  const value = text === null || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}
