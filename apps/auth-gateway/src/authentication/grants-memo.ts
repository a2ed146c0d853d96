import { type Grants, grantsOf, type Identify, identityOf } from '@keyfold/domain';
import { RecentMap } from '../facts/recent-map.js';

interface Made {
  readonly rolesGeneration: number;
  readonly grants: Grants;
}

/** Sets of roles that users have; installations have far fewer. */
const MAX_ROLE_SETS = 2_000;

/**
 * Says who passes, and keeps what the roles come to while they are the very same, for all users with the same ones:
 * memory holds those users' roles as one and the same list. Who passes is decided each time; this only spares saying it
 * again.
 */
export class GrantsMemo {
  private readonly made = new RecentMap<readonly string[], Made>(MAX_ROLE_SETS);

  /** @param rolesGeneration a number that changes whenever some role does */
  constructor(private readonly rolesGeneration: () => number) {}

  readonly identify: Identify = (key, user, facts) => {
    const rolesGeneration = this.rolesGeneration();
    let made = this.made.get(user.roleIds);
    if (made?.rolesGeneration !== rolesGeneration) {
      made = { rolesGeneration, grants: grantsOf(user, facts.role) };
      this.made.set(user.roleIds, made);
    }
    return identityOf(key, user, facts, made.grants);
  };
}
