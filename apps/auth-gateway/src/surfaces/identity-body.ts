import { type AccessIdentity, formatInstant } from '@keyfold/domain';

/** Who passed, as JSON answers say it. */
export function identityBody(identity: AccessIdentity, position: number): object {
  const { effectiveExpiresAtMs, keyId, keyName, permissions, readOnly, roles, scopes, userId, username } = identity;
  return {
    user: { id: userId, username, roles, permissions },
    key: { id: keyId, name: keyName, effectiveExpiresAt: formatInstant(effectiveExpiresAtMs), readOnly, scopes },
    position,
  };
}
