import type { FastifyReply } from 'fastify';
import { problemBody, type ProblemError } from './problem.js';

/**
 * Sends a problem as the answer, unless one is under way already (a stream that broke cannot change its status any
 * more).
 */
export function sendProblem(reply: FastifyReply, problem: ProblemError): FastifyReply {
  if (reply.sent || reply.raw.headersSent) {
    reply.raw.destroy();
    return reply;
  }
  return reply
    .status(problem.status)
    .headers({ ...problem.extra.headers })
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(bodyOf(problem)));
}

function bodyOf({ code, detail, extra, status }: ProblemError): object {
  return { ...extra.members, ...problemBody(status, code, detail, extra.errors) };
}
