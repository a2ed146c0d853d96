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
  /** What was asked for lately, and before that: what is in neither any more is put together anew. */
  #made = new Map<IssuedApiKey, Made>();
  #madeBefore = new Map<IssuedApiKey, Made>();

  /**
   * @param rolesGeneration a number that changes whenever some role does
   * @param maxEntries identities held at most
   */
  constructor(
    private readonly rolesGeneration: () => number,
    private readonly maxEntries: number,
  ) {}

  readonly identify: Identify = (key, user, facts) => {
    const { settings } = facts;
    const rolesGeneration = this.rolesGeneration();
    const made = this.#made.get(key) ?? this.#madeBefore.get(key);
    if (made?.user === user && made.settings === settings && made.rolesGeneration === rolesGeneration)
      return made.identity;
    const identity = identityOf(key, user, facts);
    this.keep(key, { user, settings, rolesGeneration, identity });
    return identity;
  };

  private keep(key: IssuedApiKey, made: Made): void {
    if (this.#made.size >= this.maxEntries / 2) {
      this.#madeBefore = this.#made;
      this.#made = new Map();
    }
    this.#made.set(key, made);
  }
}
