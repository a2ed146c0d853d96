import type { FastifyInstance, HTTPMethods } from 'fastify';
import { ProblemError, sendProblem } from '@keyfold/service-kit';

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/**
 * Remembers each route as it is registered; `close()` then adds the answer 405 (with Allow) for the methods that a path
 * does not have. Call it after the last route and before the server listens.
 */
export function collectMethods(fastify: FastifyInstance): { close(): void } {
  const methodsOf = new Map<string, Set<string>>();
  let isClosed = false;
  fastify.addHook('onRoute', ({ url, method }) => {
    // Wildcards elsewhere are Nest's own.
    if (isClosed || (url.includes('*') && !url.startsWith('/v1/'))) return;
    const methods = methodsOf.get(url) ?? new Set();
    for (const name of [method].flat()) methods.add(name);
    methodsOf.set(url, methods);
  });
  return {
    close() {
      isClosed = true;
      for (const [url, methods] of methodsOf) refuseOthers(fastify, url, methods);
    },
  };
}

function refuseOthers(fastify: FastifyInstance, url: string, methods: ReadonlySet<string>): void {
  const others = METHODS.filter((method) => !methods.has(method) && !(method === 'HEAD' && methods.has('GET')));
  if (others.length === 0) return;
  const allow = [...methods].sort().join(', ');
  fastify.route({
    method: others,
    url,
    handler: (_request, reply) =>
      sendProblem(
        reply,
        new ProblemError(405, 'METHOD_NOT_ALLOWED', 'This path does not allow this method.', { headers: { allow } }),
      ),
  });
}
