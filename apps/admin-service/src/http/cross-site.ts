import type { FastifyRequest } from 'fastify';
import { ProblemError } from '@keyfold/service-kit';

/**
 * Refuses a write that a page of another site makes a browser send. `Sec-Fetch-Site` decides where it is sent; older
 * browsers send `Origin`, which must then be this host; a client that sends neither is no browser.
 *
 * @throws ProblemError 403
 */
export function refuseCrossSite(request: FastifyRequest): void {
  const site = request.headers['sec-fetch-site'];
  const { origin } = request.headers;
  const allowed =
    site !== undefined
      ? site === 'same-origin' || site === 'none'
      : origin === undefined || originHost(origin) === request.clientSide.host;
  if (!allowed) throw new ProblemError(403, 'PERMISSION_DENIED', 'The request comes from a page of another site.');
}

function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
