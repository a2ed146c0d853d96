import { type ClientRequest, request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { buildConnector, type Dispatcher, Pool } from 'undici';
import { MAX_ANSWER_HEAD_BYTES } from '@keyfold/service-kit';
import { type Answer, problemAnswer } from '../http/answers.js';
import type { CanonicalTarget } from './canonical-target.js';

export interface UpstreamTimeouts {
  readonly connectMs: number;
  /** From the end of the request to the head of the answer. */
  readonly headMs: number;
  /** Between two pieces of an answer's body. */
  readonly silenceMs: number;
}

const CONNECT_MS = 5_000;
const MIN_SILENCE_MS = 300_000;

/**
 * @param seconds that the upstream may take to begin its answer; it may pause as long in the midst of it, and at least
 * five minutes
 */
export function upstreamTimeouts(seconds: number): UpstreamTimeouts {
  return { connectMs: CONNECT_MS, headMs: seconds * 1_000, silenceMs: Math.max(MIN_SILENCE_MS, seconds * 1_000) };
}

/**
 * Requests under way at once, each on a connection of its own; what comes above is refused, since a queue would only
 * hide it.
 */
export const MAX_REQUESTS = 2_048;

const UPSTREAM_FAILED = problemAnswer(502, 'UPSTREAM_FAILED', 'The service behind did not give a usable answer.');
const UPSTREAM_TIMEOUT = problemAnswer(504, 'UPSTREAM_TIMEOUT', 'The service behind did not answer in time.');
const TIMEOUT_CODES = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'ETIMEDOUT']);

/** The answer to the client when the upstream fails: nothing of what went wrong is in it. */
export function answerToFailure(error: NodeJS.ErrnoException): Answer {
  return TIMEOUT_CODES.has(error.code ?? '') ? UPSTREAM_TIMEOUT : UPSTREAM_FAILED;
}

/** The one service behind the proxy. No request can choose another one. */
export class Upstream {
  /** Value of Host. */
  readonly host: string;
  readonly origin: string;
  private readonly url: URL;
  /** IPv6 addresses stand in brackets in URLs alone. */
  private readonly hostname: string;
  private readonly basePath: string;
  private readonly pool: Pool;

  constructor(
    url: string,
    private readonly timeouts: UpstreamTimeouts,
  ) {
    this.url = new URL(url);
    this.hostname = this.url.hostname.replace(/^\[|\]$/g, '');
    this.host = this.url.host;
    this.origin = this.url.origin;
    this.basePath = this.url.pathname.replace(/\/$/, '');
    this.pool = new Pool(this.origin, {
      connections: MAX_REQUESTS,
      pipelining: 1,
      allowH2: false,
      maxHeaderSize: MAX_ANSWER_HEAD_BYTES,
      connect: this.connector(),
      headersTimeout: timeouts.headMs,
      bodyTimeout: timeouts.silenceMs,
    });
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    // Otherwise undici takes the name from Host, and closes the connection whenever a client asks for another one.
    const named: Dispatcher.DispatchOptions & { servername: string } = { ...options, servername: this.hostname };
    this.pool.dispatch(named, handler);
  }

  /** Opens a request whose connection is to change its protocol; it has a connection of its own. */
  openUpgrade(target: CanonicalTarget, fields: string[]): ClientRequest {
    const { protocol, port } = this.url;
    const options: RequestOptions & { servername: string } = {
      host: this.hostname,
      servername: this.tlsName,
      port: port || (protocol === 'https:' ? 443 : 80),
      path: this.pathOf(target),
      headers: fields,
      agent: false,
      maxHeaderSize: MAX_ANSWER_HEAD_BYTES,
      timeout: this.timeouts.headMs,
    };
    return protocol === 'https:' ? httpsRequest(options) : httpRequest(options);
  }

  pathOf({ path, query }: CanonicalTarget): string {
    return query === null ? this.basePath + path : `${this.basePath}${path}?${query}`;
  }

  /**
   * By which the upstream's certificate is judged, whatever Host the request has; an address is in no certificate's
   * list of names.
   */
  private get tlsName(): string {
    return isIP(this.hostname) === 0 ? this.hostname : '';
  }

  private connector(): buildConnector.connector {
    const connect = buildConnector({ timeout: this.timeouts.connectMs });
    return (options, callback) => {
      connect({ ...options, servername: this.tlsName }, callback);
    };
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }
}
