import { Injectable } from '@nestjs/common';
import { roleStream, type RoleLookup, type RoleState, type UserState } from '@keyfold/domain';
import type { Reading } from '../decisions/decision.js';
import { StreamReader } from '../decisions/stream-reader.js';

/** What a decision over a user rests on. */
export interface UserSituation {
  readonly user: UserState;
  readonly role: RoleLookup;
}

/** Reads a user and the roles that matter: those held, and those about to be granted. */
@Injectable()
export class UserSituationReader {
  constructor(private readonly streams: StreamReader) {}

  async read(userId: string, furtherRoleIds: readonly string[] = []): Promise<Reading<UserSituation>> {
    const likelyRoleIds = [...this.streams.likelyRoleIds(userId), ...furtherRoleIds];
    const [user, likely] = await Promise.all([this.streams.user(userId), this.streams.roles(likelyRoleIds)]);
    const held = 'roleIds' in user.state ? user.state.roleIds : [];
    const roleIds = [...held, ...furtherRoleIds];
    const rest = await this.streams.roles(roleIds.filter((roleId) => !likelyRoleIds.includes(roleId)));
    const wanted = new Set(roleIds.map(roleStream));
    const roles = [...likely.filter(({ stream }) => wanted.has(stream)), ...rest];
    const states = new Map<string, RoleState>(roles.map(({ stream, state }) => [stream, state]));
    return { state: { user: user.state, role: (roleId) => states.get(roleStream(roleId)) }, streams: [user, ...roles] };
  }
}
