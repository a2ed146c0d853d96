import type { FastifyInstance } from 'fastify';
import type { Span, Tracing } from './tracing.js';

/** Makes each request a span, by its route's pattern; what it leads to becomes a part of it. */
export function traceFastify(fastify: FastifyInstance, tracing: Tracing): void {
  const spans = new WeakMap<object, Span>();
  fastify.addHook('onRequest', (request, _reply, done) => {
    const span = tracing.beginRequest(request.raw, request.routeOptions.url ?? 'none');
    span.setAttribute('keyfold.request_id', request.id);
    spans.set(request.raw, span);
    tracing.within(span, done);
  });
  fastify.addHook('onError', (request, _reply, error, done) => {
    const span = spans.get(request.raw);
    if (span !== undefined && (error.statusCode ?? 500) >= 500) tracing.fail(span, error);
    done();
  });
  // Also comes when the client has gone.
  fastify.addHook('onResponse', (request, reply, done) => {
    const span = spans.get(request.raw);
    if (span !== undefined) tracing.endRequest(span, reply.statusCode);
    done();
  });
}
