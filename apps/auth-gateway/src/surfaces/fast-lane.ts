import type { Logger } from '@keyfold/service-kit';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { AMBIGUOUS_REQUEST, INTERNAL_ERROR, METHOD_NOT_ALLOWED, send, type Answer } from '../http/answers.js';
import { isAmbiguous } from '../http/request-headers.js';

/** One request on its way through the fast lane. */
export interface RouteRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What follows the question mark of the URL, or ''. */
  readonly query: string;
  readonly requestId: string;
}

/** Answers a request; a promise only if it has to wait for something. */
export type FastRoute = (route: RouteRequest) => Promise<void> | undefined;

/**
 * The routes that carry the traffic, answered before Fastify's router and Nest's hooks, which these requests do not need: no body is read,
 * any method goes, and the answer is ready in the same turn. Whatever else comes goes to Fastify.
 */
export class FastLane {
  constructor(
    private readonly routes: ReadonlyMap<string, FastRoute>,
    private readonly log: Logger,
  ) {}

  /** @returns whether the request is answered here, which includes what no route may be asked */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const url = request.url ?? '';
    const mark = url.indexOf('?');
    const route = this.routes.get(mark < 0 ? url : url.slice(0, mark));
    const refusal = refusalOf(request);
    if (refusal !== null) send(response, refusal, randomUUID());
    else if (route === undefined) return false;
    else this.run(route, { request, response, query: mark < 0 ? '' : url.slice(mark + 1), requestId: randomUUID() });
    return true;
  }

  private run(route: FastRoute, at: RouteRequest): void {
    try {
      route(at)?.catch((error: unknown) => {
        this.fail(at.response, at.requestId, error);
      });
    } catch (error) {
      this.fail(at.response, at.requestId, error);
    }
  }

  /** Whatever has gone wrong, it ends in a refusal. */
  private fail(response: ServerResponse, requestId: string, error: unknown): void {
    this.log.error({ err: error, requestId }, 'a request failed');
    if (response.headersSent) response.destroy();
    else send(response, INTERNAL_ERROR, requestId);
  }
}

function refusalOf(request: IncomingMessage): Answer | null {
  if (request.method === 'TRACE') return METHOD_NOT_ALLOWED;
  return isAmbiguous(request) ? AMBIGUOUS_REQUEST : null;
}

/** CONNECT never becomes a request: without an answer here Node would only cut the connection. */
export function refuseConnect(server: Server): void {
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => undefined);
    socket.end(rawText(METHOD_NOT_ALLOWED, randomUUID()));
  });
}

function rawText({ status, headers, body }: Answer, requestId: string): string {
  const all = [...headers, 'X-Request-Id', requestId, 'Connection', 'close'];
  const lines = all.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${all[at + 1] ?? ''}`] : []));
  return [`HTTP/1.1 ${status} Method Not Allowed`, ...lines, '', body?.toString() ?? ''].join('\r\n');
}
