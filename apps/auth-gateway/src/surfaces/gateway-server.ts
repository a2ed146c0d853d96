import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { MAX_REQUEST_HEAD_BYTES } from '@keyfold/service-kit';
import { type FastLane, refuseConnect } from './fast-lane.js';

/**
 * Longer than the idle time-outs of common proxies, so that it is they who close a connection and none is reset under a
 * request.
 */
const KEEP_ALIVE_MS = 72_000;
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * The server of the public port: the fast lane first, Fastify for the rest. Node's strict parser stays on, whatever the
 * environment says.
 */
export function createGatewayServer(
  lane: FastLane,
  fastify: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    if (!lane.handle(request, response)) fastify(request, response);
  };
  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      maxHeaderSize: MAX_REQUEST_HEAD_BYTES,
      insecureHTTPParser: false,
      // What has no body need not be a stream that ends: a tenth of what Node itself takes for a request.
      optimizeEmptyRequests: true,
      // The lane answers it, with the fields that every answer has.
      requireHostHeader: false,
    },
    answer,
  );
  // An expectation that nobody knows may be passed over (RFC 9110, 10.1.1); no body is waited for anyway.
  server.on('checkExpectation', answer);
  refuseConnect(server);
  return server;
}
