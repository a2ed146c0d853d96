import type { IncomingMessage } from 'node:http';
import { isMethod } from '../http/original-request.js';
import { hasBody } from '../http/request-headers.js';
import { offeredProtocols } from './upgrade-protocols.js';

/**
 * Whether this is a CORS preflight (Fetch Standard, "CORS-preflight request"): the question that a browser asks before it lets a page of another site
 * send its request. It never has credentials, so it can never prove a key. Anything that could do more than ask makes it an ordinary request.
 */
export function isPreflight(request: IncomingMessage): boolean {
  const { authorization, cookie, origin, 'access-control-request-method': method } = request.headers;
  if (request.method !== 'OPTIONS' || authorization !== undefined || cookie !== undefined) return false;
  if (origin === undefined || method === undefined || !isMethod(method)) return false;
  return !hasBody(request) && offeredProtocols(request).length === 0;
}
