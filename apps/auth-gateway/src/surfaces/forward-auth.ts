import { AMBIGUOUS_REQUEST, REFUSALS, send, STANDARD_HEADERS, UNAUTHENTICATED } from '../http/answers.js';
import { demandedScopes } from '../http/demanded-scopes.js';
import { identityHeaders } from '../http/identity-headers.js';
import { forwardedRequest } from '../http/original-request.js';
import type { TrustedProxies } from '../http/trusted-proxies.js';
import type { Verdict } from '../authentication/verdict.js';
import type { FastRoute, RouteRequest } from './fast-lane.js';
import type { SignIn } from './sign-in.js';

const ALLOWED = [...STANDARD_HEADERS, 'Content-Length', '0'];

/**
 * `/v1/forward-auth` for Traefik, Caddy, HAProxy and their kin, by any method: 200 with the identity headers, else what the proxy is to pass
 * on. Bodies are not read: the decision does not wait for them.
 */
export function forwardAuth(signIn: SignIn, proxies: TrustedProxies): FastRoute {
  return (route) => {
    const scopes = demandedScopes(route.query);
    const limits = scopes === null ? null : forwardedRequest(route.request, scopes, proxies);
    if (limits === null) {
      send(route.response, AMBIGUOUS_REQUEST, route.requestId);
      return;
    }
    const { authorization } = route.request.headers;
    if (authorization === undefined) {
      signIn.count('forward-auth', 'MALFORMED');
      send(route.response, UNAUTHENTICATED, route.requestId);
      return;
    }
    const verdict = signIn.byAuthorization('forward-auth', authorization, limits);
    if (verdict instanceof Promise)
      return verdict.then((later) => {
        answer(route, later);
      });
    answer(route, verdict);
    return;
  };
}

function answer({ response, requestId }: RouteRequest, verdict: Verdict): void {
  if (!verdict.allowed) {
    send(response, REFUSALS[verdict.reason], requestId);
    return;
  }
  response.writeHead(200, [
    ...ALLOWED,
    ...identityHeaders(verdict.identity),
    'X-Keyfold-Position',
    String(verdict.position),
    'X-Request-Id',
    requestId,
  ]);
  response.end();
}
