import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from '@keyfold/service-kit';
import {
  AMBIGUOUS_REQUEST,
  type Answer,
  INTERNAL_ERROR,
  METHOD_NOT_ALLOWED,
  send,
  SUSPECT_FRAMING,
} from '../http/answers.js';
import { isAmbiguous, isSuspectlyFramed } from '../http/request-headers.js';
import { nextRequestId } from '../http/request-id.js';

/** One request on its way through the fast lane. */
export interface RouteRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What follows the question mark of the URL, or ''. */
  readonly query: string;
  readonly requestId: string;
}

/** Answers a request; a promise only if it has to wait for something. */
export interface FastRoute {
  (route: RouteRequest): Promise<void> | undefined;
  /** How this route's callers are shown a refusal, where some cannot take every status. */
  readonly shown?: (refusal: Answer) => Answer;
}

/**
 * The routes that carry the traffic, answered before Fastify's router and Nest's hooks, which these requests do not
 * need: no body is read, any method is allowed, and most answers are ready synchronously. All other requests go to
 * Fastify.
 */
export class FastLane {
  private readonly routes: ReadonlyMap<string, FastRoute>;
  /** Routes whose path ends in a slash answer everything below it. */
  private readonly trees: readonly (readonly [string, FastRoute])[];

  constructor(
    routes: ReadonlyMap<string, FastRoute>,
    private readonly log: Logger,
  ) {
    this.routes = routes;
    this.trees = [...routes].filter(([path]) => path.endsWith('/'));
  }

  /** @returns whether the request is answered here, which includes what no route may be asked */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const url = request.url ?? '';
    const mark = url.indexOf('?');
    const route = this.route(mark < 0 ? url : url.slice(0, mark));
    if (request.method === 'TRACE') send(response, METHOD_NOT_ALLOWED, nextRequestId());
    else if (isSuspectlyFramed(request)) send(response, SUSPECT_FRAMING, nextRequestId());
    else if (isAmbiguous(request)) send(response, shownBy(route, AMBIGUOUS_REQUEST), nextRequestId());
    else if (route === undefined) return false;
    else this.run(route, { request, response, query: mark < 0 ? '' : url.slice(mark + 1), requestId: nextRequestId() });
    return true;
  }

  private route(path: string): FastRoute | undefined {
    return this.routes.get(path) ?? this.trees.find(([tree]) => path.startsWith(tree))?.[1];
  }

  private run(route: FastRoute, at: RouteRequest): void {
    try {
      route(at)?.catch((error: unknown) => {
        this.fail(route, at, error);
      });
    } catch (error) {
      this.fail(route, at, error);
    }
  }

  /** Whatever has gone wrong, it ends in a refusal. */
  private fail(route: FastRoute, { response, requestId }: RouteRequest, error: unknown): void {
    this.log.error({ err: error, requestId }, 'a request failed');
    if (response.headersSent) response.destroy();
    else send(response, shownBy(route, INTERNAL_ERROR), requestId);
  }
}

function shownBy(route: FastRoute | undefined, refusal: Answer): Answer {
  return route?.shown === undefined ? refusal : route.shown(refusal);
}

/** CONNECT never becomes a request: without an answer here Node would only cut the connection. */
export function refuseConnect(server: Server): void {
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => undefined);
    socket.end(rawText(METHOD_NOT_ALLOWED, nextRequestId()));
  });
}

function rawText({ status, headers, body }: Answer, requestId: string): string {
  const all = [...headers, 'X-Request-Id', requestId, 'Connection', 'close'];
  const lines = all.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${all[at + 1] ?? ''}`] : []));
  return [`HTTP/1.1 ${status} Method Not Allowed`, ...lines, '', body?.toString() ?? ''].join('\r\n');
}
