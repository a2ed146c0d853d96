import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { fieldProblem } from '../problem/field-problem.js';
import { invalidRequest, problemBody } from '../problem/problem.js';
import { sendProblem } from '../problem/send-problem.js';
import { MAX_REQUEST_HEAD_BYTES } from './header-limits.js';

/**
 * Fastify options that both services start from: request ids of our own making (a client's could forge log lines), no
 * request logging (Fastify logs the URL with its query), and problem answers for what fails before any route is
 * reached.
 */
export function fastifyOptions(): {
  genReqId: () => string;
  requestIdHeader: false;
  logger: false;
  http: { insecureHTTPParser: false; maxHeaderSize: number };
  frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => void;
  clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket) => void;
} {
  return {
    genReqId: () => uuidv7(),
    requestIdHeader: false,
    logger: false,
    // Node's options, or NODE_OPTIONS, could make the parser lenient for all servers that do not say.
    http: { insecureHTTPParser: false, maxHeaderSize: MAX_REQUEST_HEAD_BYTES },
    frameworkErrors: (_error, _request, reply) => {
      void sendProblem(
        // No hook has run yet.
        reply.headers({ 'x-request-id': uuidv7(), 'cache-control': 'no-store' }),
        invalidRequest('The URI cannot be read.', [fieldProblem('', 'UNREADABLE_URI')]),
      );
    },
    clientErrorHandler: answerClientError,
  };
}

/** Sets the headers that every answer carries. */
export function installStandardHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id).header('cache-control', 'no-store');
    done();
  });
}

/**
 * HTTP that the parser refuses never becomes a request, so the answer is written to the socket, and the connection is
 * closed.
 */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const timedOut = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const [status, code, reason] = tooLarge
    ? ([431, 'HEADERS_TOO_LARGE', 'Request Header Fields Too Large'] as const)
    : timedOut
      ? ([408, 'REQUEST_TIMEOUT', 'Request Timeout'] as const)
      : ([400, 'INVALID_REQUEST', 'Bad Request'] as const);
  const body = JSON.stringify(problemBody(status, code, 'The request cannot be read as HTTP.'));
  socket.end(
    [
      `HTTP/1.1 ${status} ${reason}`,
      'content-type: application/problem+json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      'cache-control: no-store',
      `x-request-id: ${uuidv7()}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
