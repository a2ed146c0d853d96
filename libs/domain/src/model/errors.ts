import type { Permission } from './permissions.js';

/**
 * Every stable code with which a command can be refused. What each is in HTTP is the services' business; the words are
 * part of the public contract, so one is added freely and never renamed.
 */
export type ErrorCode =
  | 'INVALID_REQUEST'
  | 'PERMISSION_DENIED'
  | 'NOT_FOUND'
  | 'VERSION_CONFLICT'
  | 'UNAVAILABLE'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'IDEMPOTENCY_KEY_IN_USE'
  | 'ROLE_NAME_TAKEN'
  | 'SYSTEM_ROLE'
  | 'ROLE_IN_USE'
  | 'USERNAME_TAKEN'
  | 'USERNAME_FIXED'
  | 'IDENTITY_TAKEN'
  | 'USER_ACTIVE'
  | 'USER_DEACTIVATED'
  | 'USER_ERASED'
  | 'LAST_ADMINISTRATOR'
  | 'PASSWORD_REFUSED'
  | 'API_KEYS_DISABLED'
  | 'KEY_LIMIT_REACHED'
  | 'TOO_MANY_KEYS'
  | 'KEY_NOT_ACTIVE'
  | 'ALREADY_CLAIMED'
  | 'EXPIRY_OUT_OF_RANGE'
  | 'GRACE_OUT_OF_RANGE'
  | 'LEASE_RUNNING'
  | 'KEY_RETIRED'
  | 'LOG_NOT_FORKED'
  | 'FORK_DIFFERS';

/** A command that broke a rule. Code and message are public: neither may hold a secret or a sealed value. */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  /**
   * @param code what clients act on
   * @param message a sentence for people, shown to the caller
   */
  constructor(
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** Who asked lacks permissions: clients are told which, to say it in their own words. */
export class MissingPermissionError extends DomainError {
  constructor(
    readonly permissions: readonly Permission[],
    message: string,
  ) {
    super('PERMISSION_DENIED', message);
  }
}

/** @throws MissingPermissionError unless the permission is there */
export function demandPermission(holds: boolean, permission: Permission): asserts holds {
  if (!holds) throw new MissingPermissionError([permission], `This needs the permission ${permission}.`);
}

/** Throws a {@link DomainError} unless the rule holds. */
export function demand(holds: boolean, code: ErrorCode, message: string): asserts holds {
  if (!holds) throw new DomainError(code, message);
}

/** Ends a switch over a closed union: the compiler refuses a forgotten member, and so does the run time. */
export function assertNever(value: never): never {
  throw new Error(`unexpected variant ${JSON.stringify(value)}`);
}
