import type { TrustedProxies } from '@keyfold/service-kit';
import { formatInstant } from '@keyfold/domain';
import type { AllowedVerdict } from '../authentication/verdict.js';
import { jsonAnswer, methodNotAllowed, REFUSALS, send } from '../http/answers.js';
import { ownRequest } from '../http/original-request.js';
import type { TokenIssuer } from '../tokens/token-issuer.js';
import { basicRoute } from './basic-route.js';
import type { FastRoute, RouteRequest } from './fast-lane.js';
import type { SignIn } from './sign-in.js';

const METHOD_NOT_ALLOWED = methodNotAllowed('POST');

/** What signing in for a token and its address have in common with the surfaces beside it. */
export interface TokenSurface {
  readonly signIn: SignIn;
  readonly proxies: TrustedProxies;
  readonly issuer: TokenIssuer;
  /** `aud` of the tokens. */
  readonly audience: string;
}

/** `POST /v1/token`: a short-lived JWT instead of the key, for services that check it themselves by the published keys. */
export function token({ audience, issuer, proxies, signIn }: TokenSurface): FastRoute {
  const route = basicRoute(signIn, {
    name: 'token',
    // The token says itself that its key may only read; asking for it changes nothing anywhere.
    limits: (request, scopes) => ({ ...ownRequest(request, scopes, proxies), method: 'GET' }),
    allow: (at, verdict) => answer(at, verdict),
  });
  const answer = async ({ requestId, response }: RouteRequest, verdict: AllowedVerdict): Promise<void> => {
    const { identity, position } = verdict;
    const issued = await issuer.issue(identity, { audience, position });
    const made =
      issued === null
        ? REFUSALS.STALE
        : jsonAnswer(200, { token: issued.token, expiresAt: formatInstant(issued.expiresAtMs) });
    send(response, made, requestId);
  };
  return (at) => {
    if (at.request.method === 'POST') return route(at);
    send(at.response, METHOD_NOT_ALLOWED, at.requestId);
    return undefined;
  };
}
