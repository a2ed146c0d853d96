/** One refusal by the API (RFC 9457), or an answer that never came. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly errors: readonly FieldProblem[];
  readonly retryAfterSeconds: number | null;

  constructor(
    /** 0 where there was no answer. */
    readonly status: number,
    /** Stable and upper-case; `NO_ANSWER` where there was none. */
    readonly code: string,
    readonly detail: string,
    more: { readonly errors?: readonly FieldProblem[]; readonly retryAfterSeconds?: number | null } = {},
  ) {
    super(detail);
    this.errors = more.errors ?? [];
    this.retryAfterSeconds = more.retryAfterSeconds ?? null;
  }
}

export interface FieldProblem {
  /** JSON pointer into the body, e.g. `/expiresInDays`. */
  readonly path: string;
  readonly message: string;
}

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
  try {
    return await send<Body>(method, path, options);
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401 || error.code !== 'UNAUTHENTICATED' || signInAgain === null)
      throw error;
    await signInAgain();
    return send<Body>(method, path, options);
  }
}

/** As `call`, for those who only want the body of a GET. */
export async function get<Body>(path: string, signal?: AbortSignal): Promise<Body> {
  return (await call<Body>('GET', path, signal === undefined ? {} : { signal })).body;
}

/** A fresh Idempotency-Key. crypto.randomUUID exists in secure contexts only, and a network over plain http is none. */
export function newIntent(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function send<Body>(method: Method, path: string, options: CallOptions): Promise<Reply<Body>> {
  const response = await answerTo(method, path, options);
  const text = await response.text();
  if (!response.ok) throw problemOf(response, text);
  return {
    status: response.status,
    body: (text === '' ? null : JSON.parse(text)) as Body,
    etag: response.headers.get('etag'),
    position: numberOrNull(response.headers.get('keyfold-position')),
  };
}

async function answerTo(method: Method, path: string, options: CallOptions): Promise<Response> {
  const { body, ifMatch, idempotencyKey, waitSeconds, signal } = options;
  const timeout = AbortSignal.timeout(TIMEOUT_MS + (waitSeconds ?? 0) * 1000);
  const headers = new Headers({ accept: 'application/json' });
  if (body !== undefined) headers.set('content-type', 'application/json');
  if (typeof ifMatch === 'string') headers.set('if-match', ifMatch);
  if (idempotencyKey !== undefined) headers.set('idempotency-key', idempotencyKey);
  if (waitSeconds !== undefined) headers.set('prefer', `wait=${waitSeconds}`);
  try {
    return await fetch(path, {
      method,
      headers,
      cache: 'no-store',
      credentials: 'same-origin',
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new Problem(0, 'NO_ANSWER', '');
  }
}

function problemOf(response: Response, text: string): Problem {
  const retryAfterSeconds = numberOrNull(response.headers.get('retry-after'));
  try {
    const { code, detail, title, errors } = JSON.parse(text) as {
      code: string;
      detail?: string;
      title?: string;
      errors?: FieldProblem[];
    };
    return new Problem(response.status, code, detail ?? title ?? '', { errors: errors ?? [], retryAfterSeconds });
  } catch {
    // A proxy in between answered for the service.
    return new Problem(response.status, 'UNAVAILABLE', '', { retryAfterSeconds });
  }
}

function numberOrNull(text: string | null): number | null {
  const value = text === null || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}
