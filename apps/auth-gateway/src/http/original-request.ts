import type { IncomingMessage } from 'node:http';
import type { RequestLimits } from '../authentication/verdict.js';
import { isUpgrade, singleHeader } from './request-headers.js';
import type { TrustedProxies } from './trusted-proxies.js';

/** RFC 9110 token; methods are case-sensitive. */
const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}$/;
/** A path and query as a request line can carry them: no raw controls, blanks, non-ASCII or fragments, escapes whole. */
const REQUEST_TARGET = /^(?:\*|\/(?:[!-"$&-~]|%[0-9A-Fa-f]{2})*)$/;

/**
 * What the proxies of Traefik's, Caddy's and HAProxy's kind tell of the original request: `X-Forwarded-Method`, `-Uri`, `-For`, and of no other
 * family. Anybody can send these headers, so without a trusted peer nothing is known.
 *
 * @returns null if a trusted proxy sends a URI that is none
 */
export function forwardedRequest(
  request: IncomingMessage,
  scopes: readonly string[],
  proxies: TrustedProxies,
): RequestLimits | null {
  if (!proxies.isTrusted(request.socket.remoteAddress))
    return { method: null, ip: null, isUpgrade: isUpgrade(request), scopes };
  const uri = request.headers['x-forwarded-uri'];
  if (uri !== undefined && !(typeof uri === 'string' && REQUEST_TARGET.test(uri))) return null;
  const method = singleHeader(request, 'x-forwarded-method');
  const forwardedFor = singleHeader(request, 'x-forwarded-for');
  return {
    method: method !== undefined && METHOD.test(method) ? method : null,
    ip: forwardedFor === undefined ? null : proxies.clientOf(forwardedFor),
    isUpgrade: isUpgrade(request),
    scopes,
  };
}

/** For surfaces that the client itself calls: its own method, and as address the peer, or what a trusted peer says. */
export function ownRequest(
  request: IncomingMessage,
  scopes: readonly string[],
  proxies: TrustedProxies,
): RequestLimits {
  const peer = request.socket.remoteAddress;
  const forwardedFor = proxies.isTrusted(peer) ? singleHeader(request, 'x-forwarded-for') : undefined;
  return {
    method: request.method ?? null,
    ip: forwardedFor === undefined ? (peer ?? null) : proxies.clientOf(forwardedFor),
    isUpgrade: isUpgrade(request),
    scopes,
  };
}
