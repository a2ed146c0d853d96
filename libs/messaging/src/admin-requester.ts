import { FeedProblem } from './errors.js';
import { failureText, type FeedLog } from './feed-log.js';
import { feedNames } from './names.js';
import type { NatsLink } from './nats/nats-link.js';
import type { RequestPurpose } from './request-authentication.js';

/** Settings of an {@link AdminRequester}. */
export interface AdminRequesterOptions {
  readonly link: NatsLink;
  /** Base address of the admin-service's internal port; undefined: only NATS. */
  readonly internalUrl: string | undefined;
  readonly logKeyId: string;
  readonly log: FeedLog;
}

const TIMEOUT_MS: Readonly<Record<RequestPurpose, { nats: number; http: number }>> = {
  head: { nats: 1_000, http: 2_000 },
  refill: { nats: 3_000, http: 10_000 },
  use: { nats: 3_000, http: 5_000 },
};
/** After NATS has failed to carry a request, HTTP goes first for this long. */
const PREFER_HTTP_MS = 3_000;
const MAX_REPLY_BYTES = 4_194_304;

/** Carries a gateway's requests to the admin-service: over NATS, and when that fails over HTTP. Judges no reply. */
export class AdminRequester {
  private readonly subjects: Readonly<Record<RequestPurpose, string>>;
  private httpFirstUntil = 0;

  constructor(private readonly options: AdminRequesterOptions) {
    const { head, refill, use } = feedNames(options.logKeyId);
    this.subjects = { head, refill, use };
  }

  /**
   * @param accept judges the reply and may throw: then the other way is tried, so a reply that was planted on one way does
   *   not keep the true one from coming over the other
   * @throws the last way's failure, FeedProblem `ADMIN_UNREACHABLE` if there was none
   */
  async ask<T>(purpose: RequestPurpose, request: string, accept: (reply: string) => T): Promise<T> {
    let failure: unknown;
    for (const way of this.ways()) {
      try {
        return accept(await way(purpose, request));
      } catch (error) {
        failure = error;
      }
    }
    if (failure instanceof FeedProblem) throw failure;
    const detail = failure === undefined ? 'no way to reach it' : failureText(failure);
    throw new FeedProblem('ADMIN_UNREACHABLE', `the admin-service did not answer: ${detail}`);
  }

  private ways(): ((purpose: RequestPurpose, request: string) => Promise<string>)[] {
    const nats = this.options.link.connection === undefined ? [] : [this.overNats];
    const http = this.options.internalUrl === undefined ? [] : [this.overHttp];
    return performance.now() < this.httpFirstUntil ? [...http, ...nats] : [...nats, ...http];
  }

  private readonly overNats = async (purpose: RequestPurpose, request: string): Promise<string> => {
    try {
      const { connection } = this.options.link;
      if (connection === undefined) throw new FeedProblem('ADMIN_UNREACHABLE', 'NATS is not connected');
      const reply = await connection.request(this.subjects[purpose], request, { timeout: TIMEOUT_MS[purpose].nats });
      return refused(reply.string());
    } catch (error) {
      // Nothing waits for a use report: its failure must not turn the heads away from their way.
      if (purpose !== 'use') this.httpFirstUntil = performance.now() + PREFER_HTTP_MS;
      throw error;
    }
  };

  private readonly overHttp = async (purpose: RequestPurpose, request: string): Promise<string> => {
    const response = await fetch(new URL(`/internal/v1/${purpose}`, this.options.internalUrl), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: request,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS[purpose].http),
    });
    return refused(await boundedText(response));
  };
}

// Whoever answers in the admin-service's place must not fill this process's memory.
async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const body: AsyncIterable<Uint8Array> | null = response.body;
  if (body === null) return '';
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > MAX_REPLY_BYTES) throw new FeedProblem('BAD_REPLY', 'the reply is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

// A refusal is an answer of the admin-service (or of whoever stands between), never a reason to do anything but fail.
function refused(text: string): string {
  if (!text.startsWith('{"error":')) return text;
  const code = /^\{"error":\{"code":"([A-Z_]{1,40})"\}\}$/.exec(text)?.[1] ?? 'unknown';
  throw new FeedProblem(
    code === 'LOG_FORKED' ? 'LOG_FORKED' : 'ADMIN_UNREACHABLE',
    `the admin-service refuses: ${code}`,
  );
}
