import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, send } from '../http/answers.js';
import { hasBody } from '../http/request-headers.js';

/** A client's request and the answer to it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
}

/**
 * Of a request that is refused, the rest of the body is read so long, so that the client sees the answer instead of a
 * reset.
 */
const REFUSED_BODY_MS = 5_000;

/**
 * Answers with a refusal, after which nothing of the request goes further.
 *
 * @param bodyMs how long the rest of a body is still read, and thrown away, before the connection ends
 */
export function refuse(
  { request, response, requestId }: Exchange,
  answer: Answer,
  bodyMs: number = REFUSED_BODY_MS,
): void {
  send(response, answer, requestId);
  if (!hasBody(request)) return;
  setTimeout(() => {
    if (!request.complete) request.socket.destroy();
  }, bodyMs).unref();
}
