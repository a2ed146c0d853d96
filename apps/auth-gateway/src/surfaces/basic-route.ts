import type { IncomingMessage } from 'node:http';
import type { AllowedVerdict, RequestLimits, Surface, Verdict } from '../authentication/verdict.js';
import { type Answer, send, UNAUTHENTICATED, UNREADABLE_TARGET } from '../http/answers.js';
import { demandedScopes } from '../http/demanded-scopes.js';
import { refusalOf } from '../http/refusal-of.js';
import type { FastRoute, RouteRequest } from './fast-lane.js';
import type { KeySignIn } from './key-sign-in.js';

/** What is special about a way in by HTTP Basic. */
export interface BasicSurface {
  readonly name: Surface;
  /** What is known of the request that is to be allowed; null if it cannot be read. */
  limits(request: IncomingMessage, scopes: readonly string[]): RequestLimits | null;
  /** Answers somebody who passed; what waits for something has to be decided again. */
  allow(route: RouteRequest, verdict: AllowedVerdict, limits: RequestLimits): Promise<void> | undefined;
  /** How refusals are shown, where not every status will do. */
  readonly shown?: (refusal: Answer) => Answer;
}

/** A route that asks for Basic credentials. Bodies are not read: the decision does not wait for them. */
export function basicRoute(signIn: KeySignIn, surface: BasicSurface): FastRoute {
  const shown = surface.shown ?? ((refusal: Answer) => refusal);
  const answer = (route: RouteRequest, verdict: Verdict, limits: RequestLimits): Promise<void> | undefined => {
    if (verdict.allowed) return surface.allow(route, verdict, limits);
    send(route.response, shown(refusalOf(verdict)), route.requestId);
    return undefined;
  };
  const route = (at: RouteRequest): Promise<void> | undefined => {
    const { query, request, requestId, response } = at;
    const scopes = demandedScopes(query);
    const limits = scopes === null ? null : surface.limits(request, scopes);
    if (limits === null) {
      send(response, shown(UNREADABLE_TARGET), requestId);
      return undefined;
    }
    const { authorization } = request.headers;
    if (authorization === undefined) {
      signIn.count(surface.name, 'MALFORMED');
      send(response, shown(UNAUTHENTICATED), requestId);
      return undefined;
    }
    const verdict = signIn.byAuthorization(surface.name, authorization, limits);
    return verdict instanceof Promise
      ? verdict.then((later) => answer(at, later, limits))
      : answer(at, verdict, limits);
  };
  return Object.assign(route, { shown });
}
