import { z } from 'zod';
import { failureText, type FeedLog } from '../ports/feed-log.js';
import { FeedProblem } from '../protocol/errors.js';
import { type Protocol, PROTOCOLS, type RequestPurpose } from '../protocol/feed-message.js';
import { feedNames } from '../protocol/names.js';
import type { NatsLink } from './nats-link.js';

/** Settings of an {@link AdminRequester}. */
export interface AdminRequesterOptions {
  readonly link: NatsLink;
  /** Base address of the admin-service's internal port; undefined: only NATS. */
  readonly internalUrl: string | undefined;
  readonly logKeyId: string;
  readonly log: FeedLog;
  readonly monotonicNow?: () => number;
}

/** A request to send, and what judges the reply to it and may throw. */
export interface Question<T> {
  readonly text: string;
  readonly accept: (reply: string) => T;
}

/** Makes the question in a form. Called for each attempt, just before it is sent. */
export type AskedIn<T> = (protocol: Protocol) => Question<T>;

const TIMEOUT_MS: Readonly<Record<RequestPurpose, { nats: number; http: number }>> = {
  head: { nats: 1_000, http: 2_000 },
  refill: { nats: 3_000, http: 10_000 },
  use: { nats: 3_000, http: 5_000 },
};
/** After NATS has failed to carry a request, HTTP goes first for this long. */
const PREFER_HTTP_MS = 3_000;
/**
 * After the admin-service has answered an older form alone, that form goes first for this long: replicas of both
 * versions may be at work.
 */
const PREFER_OLDER_FORM_MS = 60_000;
const MAX_REPLY_BYTES = 4_194_304;

interface Way {
  readonly name: 'nats' | 'http';
  readonly carry: (purpose: RequestPurpose, text: string) => Promise<string>;
  olderForm?: { readonly protocol: Protocol; readonly untilMs: number };
}

/** Carries a gateway's requests to the admin-service: over NATS, and when that fails over HTTP. Judges no reply. */
export class AdminRequester {
  private readonly monotonicNow: () => number;
  private readonly subjects: Readonly<Record<RequestPurpose, string>>;
  private httpFirstUntil = 0;
  private readonly nats: Way = { name: 'nats', carry: (...request) => this.overNats(...request) };
  private readonly http: Way = { name: 'http', carry: (...request) => this.overHttp(...request) };

  constructor(private readonly options: AdminRequesterOptions) {
    const { head, refill, use } = feedNames(options.logKeyId);
    this.subjects = { head, refill, use };
    this.monotonicNow = options.monotonicNow ?? (() => performance.now());
  }

  /**
   * @param askedIn its question's `accept` may throw: then the other way is tried, so a reply that was planted on one
   *   way does not keep the true one from coming over the other
   * @throws the last way's failure, FeedProblem `ADMIN_UNREACHABLE` if there was none
   */
  async ask<T>(purpose: RequestPurpose, askedIn: AskedIn<T>): Promise<T> {
    let failure: unknown;
    for (const way of this.ways()) {
      try {
        return await this.askOver(way, purpose, askedIn);
      } catch (error) {
        failure = error;
      }
    }
    if (failure instanceof FeedProblem) throw failure;
    const detail = failure === undefined ? 'no way to reach it' : failureText(failure);
    throw new FeedProblem('ADMIN_UNREACHABLE', `the admin-service did not answer: ${detail}`);
  }

  private ways(): Way[] {
    const nats = this.options.link.connection === undefined ? [] : [this.nats];
    const http = this.options.internalUrl === undefined ? [] : [this.http];
    return this.monotonicNow() < this.httpFirstUntil ? [...http, ...nats] : [...nats, ...http];
  }

  // An admin-service that does not know a form refuses it in words that it also uses for others: so the other form is
  // tried in any case.
  private async askOver<T>(way: Way, purpose: RequestPurpose, askedIn: AskedIn<T>): Promise<T> {
    const { olderForm } = way;
    const preferred =
      olderForm !== undefined && this.monotonicNow() < olderForm.untilMs ? olderForm.protocol : PROTOCOLS[0];
    let failure: unknown;
    for (const protocol of [preferred, ...PROTOCOLS.filter((form) => form !== preferred)]) {
      try {
        const answer = await this.askInForm(way, purpose, askedIn(protocol));
        if (protocol !== preferred) this.prefer(way, protocol);
        return answer;
      } catch (error) {
        failure = error;
        if (!mayRefuseForm(error)) break;
      }
    }
    throw failure;
  }

  private async askInForm<T>(way: Way, purpose: RequestPurpose, { accept, text }: Question<T>): Promise<T> {
    let reply: string;
    try {
      reply = refused(await way.carry(purpose, text));
    } catch (error) {
      // Nothing waits for a use report: its failure must not turn the heads away from their way.
      if (way.name === 'nats' && purpose !== 'use' && !mayRefuseForm(error))
        this.httpFirstUntil = this.monotonicNow() + PREFER_HTTP_MS;
      throw error;
    }
    return accept(reply);
  }

  private prefer(way: Way, protocol: Protocol): void {
    if (way.olderForm === undefined)
      this.options.log.info(
        { way: way.name, protocol },
        'the admin-service is of an older version; requests use an older form',
      );
    way.olderForm = { protocol, untilMs: this.monotonicNow() + PREFER_OLDER_FORM_MS };
  }

  private async overNats(purpose: RequestPurpose, text: string): Promise<string> {
    const { connection } = this.options.link;
    if (connection === undefined) throw new FeedProblem('ADMIN_UNREACHABLE', 'NATS is not connected');
    const reply = await connection.request(this.subjects[purpose], text, { timeout: TIMEOUT_MS[purpose].nats });
    return reply.string();
  }

  private async overHttp(purpose: RequestPurpose, text: string): Promise<string> {
    const response = await fetch(new URL(`/internal/v1/${purpose}`, this.options.internalUrl), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: text,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS[purpose].http),
    });
    return boundedText(response);
  }
}

/**
 * A refusal is an answer of the admin-service (or of whoever stands between), never a reason to do anything but fail.
 */
class AdminRefusal extends FeedProblem {
  constructor(readonly refusal: string) {
    super(refusal === 'LOG_FORKED' ? 'LOG_FORKED' : 'ADMIN_UNREACHABLE', `the admin-service refuses: ${refusal}`);
  }
}

function mayRefuseForm(error: unknown): boolean {
  return error instanceof AdminRefusal && ['MALFORMED_REQUEST', 'NOT_AUTHENTICATED'].includes(error.refusal);
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

const REFUSAL_START = '{"error":';
const refusalSchema = z.object({ error: z.object({ code: z.string().regex(/^[A-Z_]{1,40}$/) }) });

function refused(text: string): string {
  if (!text.startsWith(REFUSAL_START)) return text;
  let refusal: unknown;
  try {
    refusal = JSON.parse(text);
  } catch {
    refusal = undefined;
  }
  const parsed = refusalSchema.safeParse(refusal);
  throw new AdminRefusal(parsed.success ? parsed.data.error.code : 'unknown');
}
