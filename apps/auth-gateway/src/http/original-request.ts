import type { IncomingMessage } from 'node:http';
import { readAddress } from '@keyfold/domain';
import type { TrustedProxies } from '@keyfold/service-kit';
import type { RequestLimits } from '../authentication/verdict.js';
import { isUpgrade, singleHeader } from './request-headers.js';

/** RFC 9110 token; methods are case-sensitive. */
const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}$/;
/**
 * A path and query as a request line can carry them: no controls, blanks or fragments, and in the path no raw non-ASCII
 * and escapes whole. Queries are data, which clients write loosely (`?q=100%`, raw UTF-8) and no rule of a proxy is
 * about.
 */
const REQUEST_TARGET = /^(?:\*|\/(?:[!-"$&->@-~]|%[0-9A-Fa-f]{2})*(?:\?[^\0-\x20#\x7f]*)?)$/;
/** What may stand before it in a URL. */
const ORIGIN = /^https?:\/\/[\w.~!$&'()*+,;=:@[\]%-]{1,300}(?=\/)/;

/** Whether the text can stand in a request line as path and query. */
export function isRequestTarget(text: string): boolean {
  return REQUEST_TARGET.test(text);
}

/** Whether the text can be a request's method. */
export function isMethod(text: string): boolean {
  return METHOD.test(text);
}

/**
 * What the proxies of Traefik's, Caddy's and HAProxy's kind tell of the original request: `X-Forwarded-Method`, `-Uri`,
 * `-For`, and of no other family. Anybody can send these headers, so without a trusted peer nothing is known.
 *
 * @returns null if the URI is none, whoever sends it: what no upstream could have been asked for is never allowed
 */
export function forwardedRequest(
  request: IncomingMessage,
  scopes: readonly string[],
  proxies: TrustedProxies,
): RequestLimits | null {
  const uri = request.headers['x-forwarded-uri'];
  if (uri !== undefined && !(typeof uri === 'string' && REQUEST_TARGET.test(uri))) return null;
  return toldRequest(request, scopes, proxies, 'x-forwarded-method');
}

/**
 * The same for nginx and its kin: `X-Original-URI` or `X-Original-URL`, `X-Original-Method`, and `X-Forwarded-For`.
 *
 * @returns null if the URI or URL is none
 */
export function nginxRequest(
  request: IncomingMessage,
  scopes: readonly string[],
  proxies: TrustedProxies,
): RequestLimits | null {
  const uri = request.headers['x-original-uri'];
  const url = request.headers['x-original-url'];
  return isOriginalTarget(uri) && isOriginalTarget(url)
    ? toldRequest(request, scopes, proxies, 'x-original-method')
    : null;
}

/** A path, or a whole URL: which of the two headers has which depends on the proxy's configuration. */
function isOriginalTarget(value: string | string[] | undefined): boolean {
  return value === undefined || (typeof value === 'string' && REQUEST_TARGET.test(value.replace(ORIGIN, '')));
}

function toldRequest(
  request: IncomingMessage,
  scopes: readonly string[],
  proxies: TrustedProxies,
  methodHeader: 'x-forwarded-method' | 'x-original-method',
): RequestLimits {
  if (!proxies.isTrusted(request.socket.remoteAddress))
    return { method: null, ip: null, isUpgrade: isUpgrade(request), scopes };
  const method = singleHeader(request, methodHeader);
  const forwardedFor = singleHeader(request, 'x-forwarded-for');
  return {
    method: method !== undefined && METHOD.test(method) ? method : null,
    ip: forwardedFor === undefined ? null : proxies.clientOf(forwardedFor),
    isUpgrade: isUpgrade(request),
    scopes,
  };
}

/**
 * For surfaces that the client itself calls: its own method, and as address the peer, or what a trusted peer says. What
 * it offers to upgrade to does not matter where nothing is ever upgraded.
 */
export function ownRequest(
  request: IncomingMessage,
  scopes: readonly string[],
  proxies: TrustedProxies,
): RequestLimits {
  const { remoteAddress } = request.socket;
  const forwardedFor = proxies.isTrusted(remoteAddress) ? singleHeader(request, 'x-forwarded-for') : undefined;
  return {
    method: request.method ?? null,
    ip: forwardedFor === undefined ? readAddress(remoteAddress ?? '') : proxies.clientOf(forwardedFor),
    isUpgrade: false,
    scopes,
  };
}
