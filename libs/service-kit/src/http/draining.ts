import type { Server } from 'node:http';
import type { FastifyInstance } from 'fastify';

const LOOK_EVERY_MS = 50;
/** A stop is over within 15 s (STOP_WITHIN_MS), and others close after the listener. */
const LONGEST_ANSWER_MS = 12_000;

/**
 * Lets `close` end as soon as what was asked is answered. Node closes the connections that are idle when it is called;
 * one with a request under way would stay open after its answer for all of its keep-alive time, and one with half a
 * request for ever.
 *
 * @param longestAnswerMs what is not answered by then is cut off
 */
export function installDraining(fastify: FastifyInstance, longestAnswerMs = LONGEST_ANSWER_MS): void {
  fastify.addHook('preClose', (done) => {
    if (fastify.server.listening) drain(fastify.server, longestAnswerMs);
    done();
  });
}

function drain(server: Server, longestAnswerMs: number): void {
  const endAtMs = performance.now() + longestAnswerMs;
  const timer = setInterval(() => {
    if (performance.now() < endAtMs) server.closeIdleConnections();
    else server.closeAllConnections();
  }, LOOK_EVERY_MS);
  server.once('close', () => {
    clearInterval(timer);
  });
}
