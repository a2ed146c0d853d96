import type { ErrorCode } from '@keyfold/domain';

const STATUS_OF_CODE = {
  INVALID_REQUEST: 400,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  VERSION_CONFLICT: 412,
  API_KEYS_DISABLED: 409,
  KEY_LIMIT_REACHED: 409,
  KEY_NOT_ACTIVE: 409,
  ALREADY_CLAIMED: 409,
  USERNAME_TAKEN: 409,
  USERNAME_FIXED: 409,
  IDENTITY_TAKEN: 409,
  USER_ACTIVE: 409,
  USER_DEACTIVATED: 409,
  USER_ERASED: 409,
  ROLE_NAME_TAKEN: 409,
  ROLE_IN_USE: 409,
  SYSTEM_ROLE: 409,
  LAST_ADMINISTRATOR: 409,
  IDEMPOTENCY_KEY_IN_USE: 409,
  LEASE_RUNNING: 409,
  KEY_RETIRED: 409,
  EXPIRY_OUT_OF_RANGE: 422,
  GRACE_OUT_OF_RANGE: 422,
  TOO_MANY_KEYS: 422,
  PASSWORD_REFUSED: 422,
  IDEMPOTENCY_KEY_REUSED: 422,
  UNAVAILABLE: 503,
} as const satisfies Record<ErrorCode, number>;

/** The HTTP status of a code with which a command is refused. The compiler asks for one with each new code. */
export function statusOfCode(code: ErrorCode): number {
  return STATUS_OF_CODE[code];
}
