import { errors as joseErrors } from 'jose';
import * as client from 'openid-client';

/** What says that the answer itself was no answer, rather than a refusal of this sign-in. */
const OUTAGE_CODES: ReadonlySet<string> = new Set([
  'OAUTH_TIMEOUT',
  'OAUTH_ABORT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_PARSE_ERROR',
]);

const ISSUER_TROUBLE: ReadonlySet<string> = new Set([
  'server_error',
  'temporarily_unavailable',
  // Our own registration is wrong: nothing that the person who signs in could do differently.
  'invalid_client',
  'unauthorized_client',
]);

/** Whether the issuer could not be asked or is in trouble, so that trying again later may help. */
export function isOutage(error: unknown): boolean {
  if (error instanceof client.ResponseBodyError) return error.status >= 500 || ISSUER_TROUBLE.has(error.error);
  if (error instanceof client.AuthorizationResponseError) return ISSUER_TROUBLE.has(error.error);
  if (error instanceof client.ClientError)
    return error.code === undefined ? isConnectionError(error.cause) : OUTAGE_CODES.has(error.code);
  return isConnectionError(error) || error instanceof joseErrors.JWKSTimeout;
}

/** What fetch throws when there is no connection. By name: fetch may be of another realm, and `instanceof` knows only its own. */
function isConnectionError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'TypeError';
}

/** Whether the issuer, or a check of what it sent, refuses this sign-in. */
export function isRefusal(error: unknown): boolean {
  return (
    error instanceof client.ResponseBodyError ||
    error instanceof client.AuthorizationResponseError ||
    error instanceof client.ClientError ||
    error instanceof client.WWWAuthenticateChallengeError ||
    error instanceof joseErrors.JOSEError
  );
}
