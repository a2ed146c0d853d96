import { formatInstant } from '@keyfold/domain';
import type { TrustedProxies } from '@keyfold/service-kit';
import type { StandingAccess } from '../authentication/standing-access.js';
import type { AllowedVerdict, RequestLimits } from '../authentication/verdict.js';
import { type Answer, jsonAnswer, methodNotAllowed, REFUSALS, send } from '../http/answers.js';
import { ownRequest } from '../http/original-request.js';
import type { IssuedToken, TokenIssuer } from '../tokens/token-issuer.js';
import { basicRoute } from './basic-route.js';
import type { FastRoute, RouteRequest } from './fast-lane.js';
import type { KeySignIn } from './key-sign-in.js';

const METHOD_NOT_ALLOWED = methodNotAllowed('POST');

/** What signing in for a token and its address have in common with the surfaces beside it. */
export interface TokenSurface {
  readonly signIn: KeySignIn;
  readonly access: StandingAccess;
  readonly proxies: TrustedProxies;
  readonly issuer: TokenIssuer;
  /** `aud` of the tokens. */
  readonly audience: string;
}

function tokenAnswer({ expiresAtMs, token: text }: IssuedToken): Answer {
  return jsonAnswer(200, { token: text, expiresAt: formatInstant(expiresAtMs) });
}

/**
 * `POST /v1/token`: a short-lived JWT instead of the key, for services that check it themselves by the published keys.
 */
export function token({ access, audience, issuer, proxies, signIn }: TokenSurface): FastRoute {
  const route = basicRoute(signIn, {
    name: 'token',
    // The token says itself that its key may only read; asking for it changes nothing anywhere.
    limits: (request, scopes) => ({ ...ownRequest(request, scopes, proxies), method: 'GET' }),
    allow: (at, verdict, limits) => answer(at, verdict, limits),
  });
  const answer = async (at: RouteRequest, verdict: AllowedVerdict, limits: RequestLimits): Promise<void> => {
    const { identity, position } = verdict;
    const issued = await issuer.issue(identity, { audience, position });
    const { keyId, username } = identity;
    // Signing has waited: what was applied or has ended meanwhile decides.
    const reason = issued === null ? 'STALE' : await access.reasonNow({ keyId, username, limits });
    const made = issued === null || reason !== null ? REFUSALS[reason ?? 'STALE'] : tokenAnswer(issued);
    send(at.response, made, at.requestId);
  };
  return (at) => {
    if (at.request.method === 'POST') return route(at);
    send(at.response, METHOD_NOT_ALLOWED, at.requestId);
    return undefined;
  };
}
