import { type FieldProblem, fieldProblem, problemBody, type ProblemDetails } from '@keyfold/service-kit';

/** A refusal as the OpenAPI document shows it. */
interface Refusal {
  readonly status: number;
  /** When a caller gets it. */
  readonly when: string;
  /** `detail` of the example. */
  readonly detail: string;
}

const refusal = (status: number, when: string, detail: string): Refusal => ({ status, when, detail });

/** Every code with which this service refuses a request. A test provokes each of them and compares the example. */
export const REFUSALS = {
  INVALID_REQUEST: refusal(
    400,
    'a member, parameter or header is invalid or unknown',
    'The request has invalid members.',
  ),
  UNAUTHENTICATED: refusal(401, 'the credential is missing, unknown or expired', 'Sign in first.'),
  INVALID_CREDENTIALS: refusal(
    401,
    'the user name or the password is wrong',
    'The user name or the password is wrong.',
  ),
  PERMISSION_DENIED: refusal(
    403,
    'the caller lacks a permission, or a page of another site sent the request',
    'This needs the permission users.manage.',
  ),
  WRONG_PASSWORD: refusal(403, 'the current password is wrong', 'The current password is wrong.'),
  NOT_FOUND: refusal(404, 'it does not exist, or the caller may not see it', 'There is no such key.'),
  API_KEYS_DISABLED: refusal(409, 'API keys are switched off', 'API keys are switched off.'),
  KEY_LIMIT_REACHED: refusal(
    409,
    'the user has as many keys as allowed',
    'A user may have at most 20 active API keys.',
  ),
  KEY_NOT_ACTIVE: refusal(409, 'the key is not active', 'Only an active key can be rotated.'),
  ALREADY_CLAIMED: refusal(409, 'the key has been claimed before', 'The key has been claimed already.'),
  USERNAME_TAKEN: refusal(409, 'another user has this name', 'Another user has this name.'),
  USERNAME_FIXED: refusal(409, 'the user name cannot be changed, or not again', 'This user name cannot be changed.'),
  IDENTITY_TAKEN: refusal(409, 'another user has this identity', 'Another user has this identity.'),
  USER_ACTIVE: refusal(409, 'the user is not deactivated', 'Only a deactivated user can be erased.'),
  USER_DEACTIVATED: refusal(409, 'the user is deactivated', 'The user is deactivated.'),
  USER_ERASED: refusal(409, 'the user has been erased', 'The user has been erased.'),
  LAST_ADMINISTRATOR: refusal(
    409,
    'no active user with the role Administrator would be left',
    'This is the last active Administrator.',
  ),
  ROLE_NAME_TAKEN: refusal(409, 'another role has this name', 'Another role has this name.'),
  SYSTEM_ROLE: refusal(409, 'the role is built in', 'A system role cannot be deleted.'),
  ROLE_IN_USE: refusal(409, 'a user holds the role', 'The role is still granted to a user.'),
  KEY_RETIRED: refusal(
    409,
    'a key belonged to a gateway that was deleted',
    'A key of a gateway that was deleted is never accepted again.',
  ),
  LEASE_RUNNING: refusal(
    409,
    'a process of the gateway still has a lease',
    'A process of the gateway has a lease that may still run.',
  ),
  LOG_NOT_FORKED: refusal(409, 'no fork of the log was found', 'No fork of the log has been found.'),
  FORK_DIFFERS: refusal(
    409,
    'the fork that was found is not the one named',
    'The fork that was found is another one. Look at it before you acknowledge it.',
  ),
  WEBHOOK_DISABLED: refusal(409, 'the webhook is disabled', 'The webhook is disabled: enable it first.'),
  NOT_CONFIRMED: refusal(409, 'the write is not confirmed yet', 'The write is not confirmed yet.'),
  IDEMPOTENCY_KEY_IN_USE: refusal(
    409,
    'the first request with this Idempotency-Key is still running',
    'The first request with this Idempotency-Key is still running.',
  ),
  VERSION_CONFLICT: refusal(
    412,
    'the resource has another version than If-Match names',
    'The resource has changed since the version in If-Match.',
  ),
  EXPIRY_OUT_OF_RANGE: refusal(
    422,
    'the expiry is beyond the maximum lifetime, or not in the future',
    'A key may live for 1 to 90 days.',
  ),
  GRACE_OUT_OF_RANGE: refusal(
    422,
    'the grace period is longer than allowed',
    'The grace period is longer than allowed.',
  ),
  PASSWORD_REFUSED: refusal(422, 'the password is too short or too common', 'A password needs at least 12 characters.'),
  TOO_MANY_KEYS: refusal(
    422,
    'more than 1,000 keys match',
    'At most 1000 keys are revoked at once by ids or by last use.',
  ),
  URL_NOT_ALLOWED: refusal(
    422,
    'the URL leads to an address that webhooks must not reach',
    'The URL must not be an internal address.',
  ),
  IDEMPOTENCY_KEY_REUSED: refusal(
    422,
    'this Idempotency-Key was sent with another request',
    'This Idempotency-Key was used for another request.',
  ),
  TOO_MANY_REQUESTS: refusal(429, 'there were too many failed attempts', 'Too many failed sign-ins. Try again later.'),
  UNAVAILABLE: refusal(
    503,
    'the database is unreachable, or a clock is suspect',
    'The service cannot answer right now. Try again shortly.',
  ),
} as const satisfies Readonly<Record<string, Refusal>>;

export type RefusalCode = keyof typeof REFUSALS;

/** The code that callers see: a wrong current password has the code of a failed sign-in, with another status. */
export const shownCode = (code: RefusalCode): string => (code === 'WRONG_PASSWORD' ? 'INVALID_CREDENTIALS' : code);

/** The example of a refusal in the document. `detail` is its own where the operation knows a better one. */
export function exampleProblem(code: RefusalCode, detail: string = REFUSALS[code].detail): ProblemDetails {
  const permission = code === 'PERMISSION_DENIED' ? /^This needs the permission (\S+)\.$/.exec(detail)?.[1] : undefined;
  const members = permission === undefined ? {} : { permissions: [permission] };
  return { ...members, ...problemBody(REFUSALS[code].status, shownCode(code), detail, EXAMPLE_ERRORS[code]) };
}

/** Of the refusals that are about single members. */
const EXAMPLE_ERRORS: Partial<Record<RefusalCode, readonly FieldProblem[]>> = {
  INVALID_REQUEST: [fieldProblem('/unknown', 'UNKNOWN')],
  PASSWORD_REFUSED: [fieldProblem('/password', 'PASSWORD_SHORT', { min: 12 })],
  URL_NOT_ALLOWED: [fieldProblem('/url', 'INTERNAL_ADDRESS')],
};
