/** What a bare route is to answer with as well: all but what Node, Fastify and the route itself set. */
export function sameHeaders(headers: Headers): Record<string, string> {
  const own = new Set(['connection', 'content-length', 'date', 'keep-alive', 'x-request-id']);
  return Object.fromEntries([...headers].filter(([name]) => !own.has(name)));
}
