import type { TrustedProxies } from '@keyfold/service-kit';
import { AMBIGUOUS_REQUEST, type Answer, ownHeaders, problemAnswer, UNAUTHENTICATED } from '../http/answers.js';
import { nginxRequest } from '../http/original-request.js';
import { basicRoute } from './basic-route.js';
import type { FastRoute } from './fast-lane.js';
import { identityAnswer } from './identity-answer.js';
import type { KeySignIn } from './key-sign-in.js';

/**
 * `/v1/auth-request` for nginx's `auth_request` and its kin, by any method. nginx knows 2xx, 401 and 403 only and
 * answers its client 500 for all else, so nothing else is sent.
 */
export function authRequest(signIn: KeySignIn, proxies: TrustedProxies): FastRoute {
  return basicRoute(signIn, {
    name: 'auth-request',
    limits: (request, scopes) => nginxRequest(request, scopes, proxies),
    allow: identityAnswer(),
    shown: asForbidden,
  });
}

const shownBefore = new WeakMap<Answer, Answer>();

/**
 * A refusal as 401 or 403; `X-Keyfold-Status` keeps the status that it stands for, so that a configuration can bring it
 * back. Of an ambiguous message nobody knows whose credentials it has, so that is a 401; a URL that cannot be read is
 * no reason to doubt the key, so that is a 403.
 */
export function asForbidden(refusal: Answer): Answer {
  if (refusal.status === 401 || refusal.status === 403) return refusal;
  if (refusal === AMBIGUOUS_REQUEST) return UNAUTHENTICATED;
  let shown = shownBefore.get(refusal);
  if (shown === undefined) {
    const { code, detail } = JSON.parse(refusal.body?.toString() ?? '{}') as { code: string; detail: string };
    shown = problemAnswer(403, code, detail, [...ownHeaders(refusal), 'X-Keyfold-Status', String(refusal.status)]);
    shownBefore.set(refusal, shown);
  }
  return shown;
}
