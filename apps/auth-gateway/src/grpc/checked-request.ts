import { readAddress } from '@keyfold/domain';
import type { TrustedProxies } from '@keyfold/service-kit';
import type { RequestLimits } from '../authentication/verdict.js';
import { MAX_AUTHORIZATION_CHARACTERS } from '../credentials/basic-credentials.js';
import { AMBIGUOUS_REQUEST, type Answer, METHOD_NOT_ALLOWED } from '../http/answers.js';
import { demandedScopes } from '../http/demanded-scopes.js';
import { isMethod, isRequestTarget } from '../http/original-request.js';
import { isUpgradeByEnvoy } from '../http/request-headers.js';
import type { CheckedHttp, CheckRequest } from './check-messages.js';

/** The request that Envoy asks about. */
export interface CheckedRequest {
  readonly authorization: string | undefined;
  readonly limits: RequestLimits;
}

const NEVER_ANSWERED: ReadonlySet<string> = new Set(['CONNECT', 'TRACE']);

/**
 * Reads what Envoy says of a request. Its word on method and address counts only where the caller is a trusted proxy:
 * anybody who reaches the port can send this message. Scopes are demanded by the route's `context_extensions: { scopes:
 * "a,b" }`, which no client can touch.
 *
 * @param caller address of who sent the message
 * @returns the answer itself where the request is refused whoever asks
 */
export function checkedRequest(
  { attributes }: CheckRequest,
  caller: string,
  proxies: TrustedProxies,
): CheckedRequest | Answer {
  const http = attributes?.request?.http;
  if (attributes === null || http == null) return AMBIGUOUS_REQUEST;
  if (NEVER_ANSWERED.has(http.method)) return METHOD_NOT_ALLOWED;
  const header = headersOf(http);
  const authorization = header('authorization');
  const scopes = scopesOf(attributes.context_extensions);
  if (scopes === null || isUnreadable(http, authorization)) return AMBIGUOUS_REQUEST;
  const isUpgrade = isUpgradeByEnvoy(header('upgrade'), header('sec-websocket-key').length > 0);
  const told = proxies.isTrusted(caller) ? toldBy(attributes, http, proxies) : { method: null, ip: null };
  return { authorization: authorization[0], limits: { ...told, isUpgrade, scopes } };
}

function toldBy(
  { source }: NonNullable<CheckRequest['attributes']>,
  http: CheckedHttp,
  proxies: TrustedProxies,
): Pick<RequestLimits, 'method' | 'ip'> {
  const forwardedFor = headersOf(http)('x-forwarded-for');
  return {
    method: isMethod(http.method) ? http.method : null,
    ip: clientOf(source?.address?.socket_address?.address, forwardedFor, proxies),
  };
}

function isUnreadable({ path }: CheckedHttp, authorization: readonly string[]): boolean {
  if (authorization.length > 1 || (authorization[0]?.length ?? 0) > MAX_AUTHORIZATION_CHARACTERS) return true;
  return path !== '' && !isRequestTarget(path);
}

/** @returns a function that gives a field's values by its name in lower case */
function headersOf({ header_map: map, headers }: CheckedHttp): (name: string) => string[] {
  if (map === null)
    return (name) => Object.entries(headers).flatMap(([key, value]) => (key.toLowerCase() === name ? [value] : []));
  return (name) =>
    map.headers
      .filter(({ key }) => key.toLowerCase() === name)
      .map(({ raw_value: raw, value }) => (raw.length > 0 ? Buffer.from(raw).toString('latin1') : value));
}

function scopesOf(extensions: Readonly<Record<string, string>>): readonly string[] | null {
  const { scopes } = extensions;
  return scopes === undefined ? [] : demandedScopes(new URLSearchParams({ scopes }).toString());
}

/** Who is connected to Envoy, or whom they stand for if that is a trusted proxy as well. */
function clientOf(source: string | undefined, forwardedFor: readonly string[], proxies: TrustedProxies): string | null {
  if (source === undefined) return null;
  return forwardedFor.length > 0 && proxies.isTrusted(source)
    ? proxies.clientOf(forwardedFor.join(','))
    : readAddress(source);
}
