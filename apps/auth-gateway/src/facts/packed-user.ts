import { DAY_MS, type LivingUser, type UserState } from '@keyfold/domain';
import { internedList, isWholeMoment, NONE, sharedIfNull } from './interner.js';

type Person = Pick<LivingUser, 'displayName' | 'email' | 'oidcIdentities' | 'passwordHash' | 'supervisorId'>;

const NOBODY: Person = { displayName: null, email: null, oidcIdentities: NONE, passwordHash: null, supervisorId: null };

/** The same user, small: for memory to hold. */
export function packUser(state: UserState): UserState {
  const isLiving = state.status === 'active' || state.status === 'deactivated';
  return isLiving && isWholeMoment(state.createdAtMs) ? new PackedUser(state) : state;
}

/** As the domain's folds make it and take it. */
export function plainUser(state: UserState): UserState {
  return state instanceof PackedUser ? state.plain() : state;
}

class PackedUser implements LivingUser {
  readonly status: LivingUser['status'];
  readonly username: string | null;
  readonly roleIds: readonly string[];
  private readonly person: Person;
  private readonly createdDay: number;
  private readonly createdMs: number;

  constructor(user: LivingUser) {
    this.status = user.status;
    this.username = user.username;
    this.roleIds = internedList(user.roleIds);
    this.person = personOf(user);
    this.createdDay = Math.floor(user.createdAtMs / DAY_MS);
    this.createdMs = user.createdAtMs % DAY_MS;
  }

  get displayName(): string | null {
    return this.person.displayName;
  }
  get email(): string | null {
    return this.person.email;
  }
  get passwordHash(): string | null {
    return this.person.passwordHash;
  }
  get supervisorId(): string | null {
    return this.person.supervisorId;
  }
  get oidcIdentities(): LivingUser['oidcIdentities'] {
    return this.person.oidcIdentities;
  }
  get createdAtMs(): number {
    return this.createdDay * DAY_MS + this.createdMs;
  }
  get erasedAtMs(): null {
    return null;
  }
  get erasedAtPosition(): null {
    return null;
  }

  plain(): LivingUser {
    const { createdAtMs, erasedAtMs, erasedAtPosition, roleIds, status, username } = this;
    return { status, username, ...this.person, roleIds, createdAtMs, erasedAtMs, erasedAtPosition };
  }
}

function personOf({ displayName, email, oidcIdentities, passwordHash, supervisorId }: LivingUser): Person {
  const own = { displayName, email, passwordHash, supervisorId };
  return oidcIdentities.length === 0
    ? sharedIfNull({ ...own, oidcIdentities: NONE }, NOBODY)
    : { ...own, oidcIdentities };
}
