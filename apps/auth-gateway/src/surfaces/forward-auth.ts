import type { TrustedProxies } from '@keyfold/service-kit';
import { forwardedRequest } from '../http/original-request.js';
import { basicRoute } from './basic-route.js';
import type { FastRoute } from './fast-lane.js';
import { identityAnswer } from './identity-answer.js';
import type { KeySignIn } from './key-sign-in.js';

/**
 * `/v1/forward-auth` for Traefik, Caddy, HAProxy and their kin, by any method: 200 with the identity headers, else what
 * the proxy is to pass on.
 */
export function forwardAuth(signIn: KeySignIn, proxies: TrustedProxies): FastRoute {
  return basicRoute(signIn, {
    name: 'forward-auth',
    limits: (request, scopes) => forwardedRequest(request, scopes, proxies),
    allow: identityAnswer(),
  });
}
