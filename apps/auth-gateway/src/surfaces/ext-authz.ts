import type { TrustedProxies } from '@keyfold/service-kit';
import { isRequestTarget, ownRequest } from '../http/original-request.js';
import { isUpgradeByEnvoy } from '../http/request-headers.js';
import { basicRoute } from './basic-route.js';
import type { FastRoute } from './fast-lane.js';
import { identityAnswer } from './identity-answer.js';
import type { KeySignIn } from './key-sign-in.js';

/** Envoy's `path_prefix`; what follows is the path that the client wants. */
export const EXT_AUTHZ_PATH = '/v1/ext-authz/';

/** Envoy takes it out of the request before the upstream sees it. */
const WITHOUT_CREDENTIALS = ['X-Envoy-Auth-Headers-To-Remove', 'authorization'];

/**
 * `/v1/ext-authz/*` for Envoy's HTTP ext_authz, which asks with the client's own method and path. Envoy takes nothing
 * but 200 for "allowed".
 */
export function extAuthz(signIn: KeySignIn, proxies: TrustedProxies): FastRoute {
  return basicRoute(signIn, {
    name: 'ext-authz',
    limits: (request, scopes) => {
      if (!isRequestTarget(request.url ?? '')) return null;
      const { 'sec-websocket-key': webSocketKey, upgrade } = request.headers;
      const isUpgrade = isUpgradeByEnvoy(upgrade === undefined ? [] : [upgrade], webSocketKey !== undefined);
      return { ...ownRequest(request, scopes, proxies), isUpgrade };
    },
    allow: identityAnswer(WITHOUT_CREDENTIALS),
  });
}
