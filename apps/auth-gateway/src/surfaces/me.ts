import type { TrustedProxies } from '@keyfold/service-kit';
import { jsonAnswer, METHOD_NOT_ALLOWED, send } from '../http/answers.js';
import { ownRequest } from '../http/original-request.js';
import { basicRoute } from './basic-route.js';
import type { FastRoute } from './fast-lane.js';
import { identityBody } from './identity-body.js';
import type { KeySignIn } from './key-sign-in.js';

/** `GET /v1/me`: the cheap call by which an integration tests its connection. */
export function me(signIn: KeySignIn, proxies: TrustedProxies): FastRoute {
  const route = basicRoute(signIn, {
    name: 'me',
    limits: (request, scopes) => ownRequest(request, scopes, proxies),
    allow: ({ requestId, response }, { identity, position }) => {
      send(response, jsonAnswer(200, identityBody(identity, position)), requestId);
      return undefined;
    },
  });
  return (at) => {
    const { method } = at.request;
    if (method === 'GET' || method === 'HEAD') return route(at);
    send(at.response, METHOD_NOT_ALLOWED, at.requestId);
    return undefined;
  };
}
