import { createServer, type Server } from 'node:http';
import { MAX_REQUEST_HEAD_BYTES } from '@keyfold/service-kit';
import { AMBIGUOUS_REQUEST, send } from '../http/answers.js';
import { nextRequestId } from '../http/request-id.js';
import { refuseConnect } from '../surfaces/fast-lane.js';
import type { ProxyHandler } from './proxy-handler.js';
import { offeredProtocols } from './upgrade-protocols.js';

/** Longer than the idle time-outs of common proxies, so that it is they who close a connection. */
const KEEP_ALIVE_MS = 72_000;
const HEADERS_TIMEOUT_MS = 15_000;
/** Upgraded connections cost two sockets each and stay. */
const MAX_CONNECTIONS = 8_192;

/** The server of the proxy's port. Node's strict parser reads what comes, undici's what the upstream answers. */
export function createProxyServer(handler: ProxyHandler): Server {
  const server = createServer({
    insecureHTTPParser: false,
    maxHeaderSize: MAX_REQUEST_HEAD_BYTES,
    requireHostHeader: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    // Uploads may last; a client that stalls is found out by the silence.
    requestTimeout: 0,
    noDelay: true,
    // What asks for HTTP again only goes on as the request that it is.
    shouldUpgradeCallback: (request) => offeredProtocols(request).length > 0,
  });
  server.on('request', (request, response) => {
    handler.handle(request, response);
  });
  server.on('checkContinue', (request, response) => {
    handler.handle(request, response, true);
  });
  server.on('checkExpectation', (_request, response) => {
    send(response, AMBIGUOUS_REQUEST, nextRequestId());
  });
  server.on('upgrade', (request, socket, head) => {
    handler.handleUpgrade(request, { socket, head });
  });
  server.on('clientError', (error, socket) => {
    handler.handleUnreadable(error, socket);
  });
  server.maxConnections = MAX_CONNECTIONS;
  refuseConnect(server);
  return server;
}
