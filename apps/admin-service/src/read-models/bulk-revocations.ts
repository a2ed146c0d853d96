/** The user id of the row that concerns the keys of all users; no user has it. */
export const EVERYBODY = '';

/** Below this position every key is revoked. The planner evaluates it once for a statement, not for each row. */
export const revokedBelow = `coalesce(
      (select everybody.before_position from keyfold.bulk_revocations everybody where everybody.user_id = '${EVERYBODY}'), 0
    )`;

/** That no bulk revocation concerns the key `k`: what `revocationOf` finds in the settings' state, as a condition over many rows. */
export const isNotBulkRevoked = `k.created_position >= ${revokedBelow}
    and not exists (
      select 1
      from keyfold.bulk_revocations b
      where b.user_id = k.user_id
        and k.created_position < b.before_position
    )`;
