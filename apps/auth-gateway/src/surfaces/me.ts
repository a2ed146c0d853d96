import type { Verdict } from '../authentication/verdict.js';
import { AMBIGUOUS_REQUEST, jsonAnswer, METHOD_NOT_ALLOWED, REFUSALS, send, UNAUTHENTICATED } from '../http/answers.js';
import { demandedScopes } from '../http/demanded-scopes.js';
import { ownRequest } from '../http/original-request.js';
import type { TrustedProxies } from '../http/trusted-proxies.js';
import type { FastRoute, RouteRequest } from './fast-lane.js';
import { identityBody } from './identity-body.js';
import type { SignIn } from './sign-in.js';

/** `GET /v1/me`: the cheap call by which an integration tests its connection. */
export function me(signIn: SignIn, proxies: TrustedProxies): FastRoute {
  return (route) => {
    const { request, response, requestId } = route;
    const scopes = demandedScopes(route.query);
    if (scopes === null) {
      send(response, AMBIGUOUS_REQUEST, requestId);
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      send(response, METHOD_NOT_ALLOWED, requestId);
      return;
    }
    const { authorization } = request.headers;
    if (authorization === undefined) {
      signIn.count('me', 'MALFORMED');
      send(response, UNAUTHENTICATED, requestId);
      return;
    }
    const verdict = signIn.byAuthorization('me', authorization, ownRequest(request, scopes, proxies));
    if (verdict instanceof Promise)
      return verdict.then((later) => {
        answer(route, later);
      });
    answer(route, verdict);
    return;
  };
}

function answer({ response, requestId }: RouteRequest, verdict: Verdict): void {
  const made = verdict.allowed
    ? jsonAnswer(200, identityBody(verdict.identity, verdict.position))
    : REFUSALS[verdict.reason];
  send(response, made, requestId);
}
