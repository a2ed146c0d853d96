import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { fastifyOptions, type Logger, type TrustedProxies } from '@keyfold/service-kit';
import { type Answer, INTERNAL_ERROR, problemAnswer, REFUSALS } from '../http/answers.js';
import { nextRequestId } from '../http/request-id.js';
import type { Admission, AdmissionControl, Admitted } from './admission.js';
import { type Exchange, refuse } from './exchange.js';
import type { LiveConnections } from './live-connections.js';
import { ProxiedRequest, type Surroundings } from './proxied-request.js';
import { type ClientConnection, ProxiedUpgrade } from './proxied-upgrade.js';
import { upstreamFields } from './request-fields.js';
import type { Upstream } from './upstream.js';

export interface ProxyHandlerOptions {
  readonly admission: AdmissionControl;
  readonly live: LiveConnections;
  readonly upstream: Upstream;
  readonly proxies: TrustedProxies;
  readonly log: Logger;
  /** Requests under way and upgraded connections that a key may have open at once. */
  readonly maxOpenPerKey: number;
  /** The upstream gets the Host that the client asked for. */
  readonly preservesHost: boolean;
}

/** Takes requests and connections that are to be upgraded, and passes on what is admitted. */
export class ProxyHandler {
  /** The answers under way on each connection. */
  private readonly answers = new WeakMap<Duplex, Set<ServerResponse>>();

  private readonly tooManyOpen: Answer;

  constructor(private readonly options: ProxyHandlerOptions) {
    this.tooManyOpen = tooManyOpen(options.maxOpenPerKey);
  }

  handle(request: IncomingMessage, response: ServerResponse, isExpecting = false): void {
    const exchange = { request, response, requestId: nextRequestId() };
    this.remember(request.socket, response);
    this.decide(exchange, (admitted) => {
      if (isExpecting) response.writeContinue();
      const proxied = new ProxiedRequest(exchange, admitted, this.around(exchange));
      proxied.start(this.options.upstream, this.fieldsFor(exchange, admitted));
    });
  }

  handleUpgrade(request: IncomingMessage, client: ClientConnection): void {
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    // Typed as a socket, used as the duplex stream that it is.
    response.assignSocket(client.socket as Socket);
    response.once('finish', () => {
      client.socket.end(() => client.socket.destroy());
    });
    client.socket.on('error', () => client.socket.destroy());
    const exchange = { request, response, requestId: nextRequestId() };
    this.decide(exchange, (admitted) => {
      const proxied = new ProxiedUpgrade(exchange, client, admitted, this.around(exchange));
      proxied.start(this.options.upstream, this.fieldsFor(exchange, admitted));
    });
  }

  handleUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
    const answers = [...(this.answers.get(socket) ?? [])].filter(({ headersSent }) => headersSent);
    if (answers.length === 0) fastifyOptions().clientErrorHandler(error, socket as Socket);
    // Nothing may be written into an answer; one that is complete is still sent.
    else if (answers.every(({ writableEnded }) => writableEnded)) socket.end(() => socket.destroy());
    else socket.destroy();
  }

  private remember(socket: Duplex, response: ServerResponse): void {
    let answers = this.answers.get(socket);
    if (answers === undefined) {
      answers = new Set();
      this.answers.set(socket, answers);
    }
    answers.add(response);
    response.once('close', () => answers.delete(response));
  }

  protected decide(exchange: Exchange, proceed: (admitted: Admitted) => void): void {
    const use = (admission: Admission): void => {
      const { response, request } = exchange;
      if (response.destroyed || request.socket.destroyed) return;
      if (admission.admitted === undefined) refuse(exchange, admission.refusal);
      else this.proceedIfPlace(exchange, admission.admitted, proceed);
    };
    try {
      this.options.admission.admit(exchange.request, use)?.catch((error: unknown) => {
        this.fail(exchange, error);
      });
    } catch (error) {
      this.fail(exchange, error);
    }
  }

  private proceedIfPlace(exchange: Exchange, admitted: Admitted, proceed: (admitted: Admitted) => void): void {
    const refused = this.options.live.refuses(admitted.pass);
    if (refused === null) proceed(admitted);
    else if (refused === 'for-key' && admitted.pass.keyId !== null) refuse(exchange, this.tooManyOpen);
    else refuse(exchange, REFUSALS.OVERLOADED);
  }

  /** What the upstream is told, but for the framing. */
  protected fieldsFor({ request, requestId }: Exchange, { pass, proven }: Admitted): string[] {
    const { preservesHost, proxies, upstream } = this.options;
    const voucher = { proven, clientIp: pass.limits.ip, requestId };
    return upstreamFields(request, voucher, { proxies, preservesHost, upstreamHost: upstream.host });
  }

  private around({ requestId }: Exchange): Surroundings {
    const { live, log } = this.options;
    const onFailure = (error: NodeJS.ErrnoException): void => {
      log.warn({ requestId, code: error.code, reason: error.message }, 'the upstream failed');
    };
    return { live, onFailure };
  }

  /** Whatever has gone wrong, it ends in a refusal. */
  private fail(exchange: Exchange, error: unknown): void {
    this.options.log.error({ err: error, requestId: exchange.requestId }, 'a request failed');
    if (exchange.response.headersSent) exchange.response.destroy();
    else refuse(exchange, INTERNAL_ERROR);
  }
}

/** The RateLimit fields name the unit that their draft has for what is open at once. */
function tooManyOpen(quota: number): Answer {
  const detail = 'The key has as many requests and connections open as it may have at once.';
  return problemAnswer(429, 'TOO_MANY_CONNECTIONS', detail, [
    'Retry-After',
    '1',
    'RateLimit',
    '"open-connections";r=0',
    'RateLimit-Policy',
    `"open-connections";q=${quota};qu="concurrent-requests"`,
  ]);
}
