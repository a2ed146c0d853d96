import type { GatewayConfig } from '../gateway-config.js';
import type { GatewayParts } from '../gateway-parts.js';
import { authRequest } from './auth-request.js';
import { EXT_AUTHZ_PATH, extAuthz } from './ext-authz.js';
import type { FastRoute } from './fast-lane.js';
import { forwardAuth } from './forward-auth.js';
import { jwks } from './jwks.js';
import { me } from './me.js';
import { token } from './token.js';
import { tracedRoutes } from './traced-routes.js';

/** The routes of the fast lane: one for each family of headers, never guessed. */
export function gatewayRoutes(config: GatewayConfig, parts: GatewayParts): ReadonlyMap<string, FastRoute> {
  const { proxies, signIn, tokenKeys, tokens: issuer, tracing } = parts;
  const routes = new Map([
    ['/v1/forward-auth', forwardAuth(signIn, proxies)],
    ['/v1/auth-request', authRequest(signIn, proxies)],
    [EXT_AUTHZ_PATH, extAuthz(signIn, proxies)],
    ['/v1/me', me(signIn, proxies)],
    ['/v1/token', token({ signIn, proxies, issuer, audience: config.settings.KEYFOLD_TOKEN_AUDIENCE })],
    ['/.well-known/jwks.json', jwks(tokenKeys)],
  ]);
  return tracing === null ? routes : tracedRoutes(routes, tracing);
}
