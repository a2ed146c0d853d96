import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { AccessReason } from '@keyfold/domain';
import type { Pass } from '../authentication/standing-access.js';
import { REFUSALS, send } from '../http/answers.js';
import { hasBody } from '../http/request-headers.js';
import type { Admitted } from './admission.js';
import { type Exchange, refuse } from './exchange.js';
import type { LiveConnection, LiveConnections } from './live-connections.js';
import { clientFields } from './response-fields.js';
import { answerToFailure, type Upstream } from './upstream.js';
import { isRetriable } from './upstream-retry.js';

/** How long a client may neither send what it announced nor take what it asked for. */
const CLIENT_STALL_MS = 60_000;
/** So long the client of an upload that is ended may still find the answer. */
const ENDED_BODY_MS = 500;
const SHORT_BYTES = 16_384;

/** What both kinds of proxied connections need around them. */
export interface Surroundings {
  readonly live: LiveConnections;
  readonly onFailure: (error: Error) => void;
}

/**
 * One request on its way to the upstream and its answer on the way back, both as streams: neither is ever held whole.
 */
export class ProxiedRequest implements Dispatcher.DispatchHandler, LiveConnection {
  readonly pass: Pass;
  private controller: Dispatcher.DispatchController | undefined;
  /** Sends the request once more; null when that has been done. */
  private again: (() => void) | null = null;
  private hasBody = false;
  private isOver = false;

  constructor(
    private readonly exchange: Exchange,
    private readonly admitted: Admitted,
    private readonly surroundings: Surroundings,
  ) {
    this.pass = admitted.pass;
  }

  /** @param fields what the upstream is told, but for the framing */
  start(upstream: Upstream, fields: string[]): void {
    const { request, response } = this.exchange;
    this.surroundings.live.add(this);
    response.once('close', () => {
      this.over();
    });
    const options = {
      path: upstream.pathOf(this.admitted.target),
      method: request.method ?? 'GET',
      headers: fields,
      body: hasBody(request) ? this.bodyOf(request, fields) : null,
    };
    this.again = () => {
      upstream.dispatch(options, this);
    };
    upstream.dispatch(options, this);
  }

  /**
   * The key has stopped passing: an answer that has begun breaks off, so that the client cannot take it for whole, and
   * so does an upload.
   */
  end(reason: AccessReason): void {
    const { response } = this.exchange;
    if (response.headersSent) response.destroy();
    else refuse(this.exchange, REFUSALS[reason], ENDED_BODY_MS);
    this.over();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.isOver) controller.abort(new Error('the client has gone'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    const { response, requestId } = this.exchange;
    // Interim answers are the upstream's business with this proxy.
    if (status < 200 || response.headersSent) return;
    response.writeHead(status, clientFields(headers, requestId));
    // Head and first piece of a short answer go together; of one that streams the client must not wait for the first
    // piece.
    queueMicrotask(() => {
      if (!this.hasBody && !response.writableEnded && !response.destroyed) response.flushHeaders();
    });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { response, request } = this.exchange;
    if (this.write(chunk) || this.isOver) return;
    controller.pause();
    request.socket.setTimeout(CLIENT_STALL_MS);
    response.once('drain', () => {
      request.socket.setTimeout(0);
      controller.resume();
    });
  }

  /**
   * Node joins the head and a first piece that is text into one write; as bytes they take a dearer system call. Latin-1
   * keeps every byte.
   */
  private write(chunk: Buffer): boolean {
    const { response } = this.exchange;
    const isFirst = !this.hasBody;
    this.hasBody = true;
    return isFirst && chunk.byteLength <= SHORT_BYTES
      ? response.write(chunk.toString('latin1'), 'latin1')
      : response.write(chunk);
  }

  onResponseEnd(): void {
    this.exchange.response.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const { response, requestId } = this.exchange;
    if (this.isOver || response.destroyed) return;
    if (this.triesAgain(error)) return;
    this.surroundings.onFailure(error);
    if (response.headersSent) response.destroy();
    else send(response, answerToFailure(error), requestId);
  }

  /** Once, and only for who would still be let in. */
  private triesAgain(error: Error): boolean {
    const again = this.again;
    const { request, response } = this.exchange;
    if (again === null || response.headersSent || !isRetriable(request, error)) return false;
    if (!this.surroundings.live.stands(this.pass)) return false;
    this.again = null;
    again();
    return true;
  }

  /** Also when the client has gone: then nobody waits for what the upstream still does. */
  private over(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.surroundings.live.remove(this);
    if (!this.exchange.response.writableFinished) this.controller?.abort(new Error('the client has gone'));
  }

  /**
   * The body as it comes; whatever becomes of the request to the upstream, the client's connection is left to its own
   * answer.
   */
  private bodyOf(request: IncomingMessage, fields: string[]): Readable {
    const length = request.headers['content-length'];
    if (length !== undefined) fields.push('Content-Length', length);
    const { socket } = request;
    socket.setTimeout(CLIENT_STALL_MS);
    request.once('end', () => {
      // After an early answer the connection is idle already, and that time-out stands.
      if (!this.isOver) socket.setTimeout(0);
    });
    const body = Readable.from(request.iterator({ destroyOnReturn: false }), { objectMode: false });
    // Once the upstream has answered, nobody else listens to a client that breaks off.
    body.on('error', () => undefined);
    return body;
  }
}
