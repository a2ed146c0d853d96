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

const ISSUER_TROUBLE: ReadonlySet<string> = new Set(['server_error', 'temporarily_unavailable']);

/** Our own registration is wrong: nothing that the person who signs in could do differently. */
const CLIENT_TROUBLE: ReadonlySet<string> = new Set(['invalid_client', 'unauthorized_client']);

/**
 * The settings and the issuer do not fit together: it stays so until somebody changes one of them. The message names
 * the variable.
 */
export class MisconfiguredIssuerError extends Error {
  override readonly name = 'MisconfiguredIssuerError';
}

/** Whether the issuer could not be asked or is in trouble, so that trying again later may help. */
export function isOutage(error: unknown): boolean {
  if (error instanceof client.ResponseBodyError) return error.status >= 500 || ISSUER_TROUBLE.has(error.error);
  if (error instanceof client.AuthorizationResponseError) return ISSUER_TROUBLE.has(error.error);
  if (error instanceof client.ClientError)
    return error.code === undefined ? isConnectionError(error.cause) : OUTAGE_CODES.has(error.code);
  return isConnectionError(error) || error instanceof joseErrors.JWKSTimeout;
}

/**
 * Whether an issuer refuses this client, whoever signs in: by the error of RFC 6749, or with a challenge as RFC 6749,
 * 5.2 allows beside it.
 */
export function isClientRefusal(error: unknown): boolean {
  if (error instanceof client.WWWAuthenticateChallengeError) return true;
  const isAnswer = error instanceof client.ResponseBodyError || error instanceof client.AuthorizationResponseError;
  return isAnswer && CLIENT_TROUBLE.has(error.error);
}

/** The status of an answer that was none of those that the protocol knows; undefined if there was no answer. */
export function answeredStatus(error: unknown): number | undefined {
  if (error instanceof client.WWWAuthenticateChallengeError) return error.status;
  const cause = error instanceof client.ClientError ? error.cause : undefined;
  const isResponse = typeof cause === 'object' && cause !== null && 'status' in cause;
  return isResponse && typeof cause.status === 'number' ? cause.status : undefined;
}

/**
 * The error that fetch throws when there is no connection. Compared by name: fetch may belong to another realm, where
 * `instanceof` is false.
 */
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
