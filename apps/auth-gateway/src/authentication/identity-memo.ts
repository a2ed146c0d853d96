import {
  identityOf,
  type AccessFacts,
  type AccessIdentity,
  type Identify,
  type IssuedApiKey,
  type NamedUser,
} from '@keyfold/domain';

interface Made {
  readonly user: NamedUser;
  readonly settings: AccessFacts['settings'];
  readonly rolesGeneration: number;
  readonly identity: AccessIdentity;
}

/**
 * Keeps the identity that was put together for a key while the facts that it says are the very same. Who passes is decided each time; this
 * only spares saying it again. States are never changed in place, so the same object is the same fact.
 */
export class IdentityMemo {
  readonly #made = new WeakMap<IssuedApiKey, Made>();

  constructor(private readonly rolesGeneration: () => number) {}

  readonly identify: Identify = (key, user, facts) => {
    const { settings } = facts;
    const rolesGeneration = this.rolesGeneration();
    const made = this.#made.get(key);
    if (made?.user === user && made.settings === settings && made.rolesGeneration === rolesGeneration)
      return made.identity;
    const identity = identityOf(key, user, facts);
    this.#made.set(key, { user, settings, rolesGeneration, identity });
    return identity;
  };
}
