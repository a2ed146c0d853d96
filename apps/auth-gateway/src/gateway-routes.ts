import type { GatewayConfig } from './gateway-config.js';
import type { GatewayParts } from './gateway-parts.js';
import { authRequest } from './surfaces/auth-request.js';
import { EXT_AUTHZ_PATH, extAuthz } from './surfaces/ext-authz.js';
import type { FastRoute } from './surfaces/fast-lane.js';
import { forwardAuth } from './surfaces/forward-auth.js';
import { jwks } from './surfaces/jwks.js';
import { me } from './surfaces/me.js';
import { token } from './surfaces/token.js';
import { tracedRoutes } from './surfaces/traced-routes.js';

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
