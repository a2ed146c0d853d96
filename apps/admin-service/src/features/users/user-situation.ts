import { Injectable } from '@nestjs/common';
import { isRenamable, type RoleLookup, type RoleState, roleStream, type UserState, userStream } from '@keyfold/domain';
import { PostgresEventStore } from '@keyfold/event-store';
import type { Reading } from '../../write/decision.js';
import { StreamReader } from '../../write/stream-reader.js';

/** What a decision over a user rests on. */
export interface UserSituation {
  readonly user: UserState;
  readonly role: RoleLookup;
  /** See the domain's `isRenamable`; false where nobody asked. */
  readonly isRenamable: boolean;
}

/** Reads a user and the roles that matter: those held, and those about to be granted. */
@Injectable()
export class UserSituationReader {
  constructor(
    private readonly streams: StreamReader,
    private readonly store: PostgresEventStore,
  ) {}

  /** The same for a change of the user name. */
  async readForRenaming(userId: string): Promise<Reading<UserSituation>> {
    const { state, streams } = await this.read(userId);
    // Behind the version: records that came in between make the append a conflict, and this is read again.
    const records = await this.store.readStream(userStream(userId));
    return { state: { ...state, isRenamable: isRenamable(records.map(({ record }) => record)) }, streams };
  }

  async read(userId: string, furtherRoleIds: readonly string[] = []): Promise<Reading<UserSituation>> {
    const likelyRoleIds = [...this.streams.likelyRoleIds(userId), ...furtherRoleIds];
    const [user, likely] = await Promise.all([this.streams.user(userId), this.streams.roles(likelyRoleIds)]);
    const held = 'roleIds' in user.state ? user.state.roleIds : [];
    const roleIds = [...held, ...furtherRoleIds];
    const rest = await this.streams.roles(roleIds.filter((roleId) => !likelyRoleIds.includes(roleId)));
    const wanted = new Set(roleIds.map(roleStream));
    const roles = [...likely.filter(({ stream }) => wanted.has(stream)), ...rest];
    const states = new Map<string, RoleState>(roles.map(({ stream, state }) => [stream, state]));
    const role: RoleLookup = (roleId) => states.get(roleStream(roleId));
    return { state: { user: user.state, role, isRenamable: false }, streams: [user, ...roles] };
  }
}
