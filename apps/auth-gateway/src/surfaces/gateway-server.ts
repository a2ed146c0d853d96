import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { refuseConnect, type FastLane } from './fast-lane.js';

/** Longer than the idle time-outs of common proxies, so that it is they who close a connection and none is reset under a request. */
const KEEP_ALIVE_MS = 72_000;
const REQUEST_TIMEOUT_MS = 30_000;

/** The server of the public port: the fast lane first, Fastify for the rest. Node's strict parser stays on, whatever the environment says. */
export function createGatewayServer(
  lane: FastLane,
  fastify: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: REQUEST_TIMEOUT_MS, insecureHTTPParser: false },
    (request, response) => {
      if (!lane.handle(request, response)) fastify(request, response);
    },
  );
  refuseConnect(server);
  return server;
}
