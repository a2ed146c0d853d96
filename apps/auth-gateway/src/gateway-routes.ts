import type { Tracing } from '@keyfold/service-kit';
import type { GatewayConfig } from './gateway-config.js';
import type { GatewayParts } from './gateway-parts.js';
import { authRequest } from './surfaces/auth-request.js';
import { EXT_AUTHZ_PATH, extAuthz } from './surfaces/ext-authz.js';
import type { FastRoute, RouteRequest } from './surfaces/fast-lane.js';
import { forwardAuth } from './surfaces/forward-auth.js';
import { jwks } from './surfaces/jwks.js';
import { me } from './surfaces/me.js';
import { token } from './surfaces/token.js';

/** The routes of the fast lane: one for each family of headers, never guessed. */
export function gatewayRoutes(config: GatewayConfig, parts: GatewayParts): ReadonlyMap<string, FastRoute> {
  const { access, proxies, signIn, tokenKeys, tokens: issuer, tracing } = parts;
  const routes = new Map([
    ['/v1/forward-auth', forwardAuth(signIn, proxies)],
    ['/v1/auth-request', authRequest(signIn, proxies)],
    [EXT_AUTHZ_PATH, extAuthz(signIn, proxies)],
    ['/v1/me', me(signIn, proxies)],
    ['/v1/token', token({ access, signIn, proxies, issuer, audience: config.settings.KEYFOLD_TOKEN_AUDIENCE })],
    ['/.well-known/jwks.json', jwks(tokenKeys)],
  ]);
  return tracing === null ? routes : tracedRoutes(routes, tracing);
}

/** The routes where tracing is on: each request is a span, and what is decided for it a part of that. */
function tracedRoutes(routes: ReadonlyMap<string, FastRoute>, tracing: Tracing): ReadonlyMap<string, FastRoute> {
  return new Map([...routes].map(([path, route]) => [path, tracedRoute(path, route, tracing)]));
}

function tracedRoute(path: string, route: FastRoute, tracing: Tracing): FastRoute {
  const traced = (at: RouteRequest): Promise<void> | undefined => {
    const { request, requestId, response } = at;
    const span = tracing.beginRequest(request, path.endsWith('/') ? `${path}*` : path);
    span.setAttribute('keyfold.request_id', requestId);
    response.once('close', () => {
      tracing.endRequest(span, response.headersSent ? response.statusCode : null);
    });
    return tracing.within(span, () => route(at));
  };
  return Object.assign(traced, route.shown === undefined ? {} : { shown: route.shown });
}
