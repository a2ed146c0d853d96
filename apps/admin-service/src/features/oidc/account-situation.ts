import { Injectable } from '@nestjs/common';
import { foldUser, initialUserState, type RoleState, roleStream, userStream } from '@keyfold/domain';
import { PostgresEventStore } from '@keyfold/event-store';
import { RoleQueries } from '../../tables/role-queries.js';
import { UserQueries } from '../../tables/user-queries.js';
import type { Reading } from '../../write/decision.js';
import { foldRecords, StreamReader } from '../../write/stream-reader.js';
import { type AccountSituation, givenByClaim } from './account-decision.js';
import type { Identity } from './identity-claims.js';

/** Reads what a sign-in rests on: the user's own records, the roles held, and those that the claim names. */
@Injectable()
export class AccountSituationReader {
  constructor(
    private readonly store: PostgresEventStore,
    private readonly streams: StreamReader,
    private readonly roles: RoleQueries,
    private readonly users: UserQueries,
  ) {}

  async read(userId: string, { profile, roleNames }: Identity): Promise<Reading<AccountSituation>> {
    const stream = userStream(userId);
    const records = await this.store.readStream(stream);
    const user = foldRecords({ category: 'user', initial: initialUserState, fold: foldUser }, records);
    const username = user.status === 'none' ? await this.users.firstFreeName(profile.usernames) : undefined;
    const namedRoleIds = roleNames === null ? [] : await this.roles.idsOf(roleNames);
    const roles = await this.streams.roles([...namedRoleIds, ...('roleIds' in user ? user.roleIds : [])]);
    const states = new Map<string, RoleState>(roles.map((role) => [role.stream, role.state]));
    const role = (roleId: string): RoleState | undefined => states.get(roleStream(roleId));
    return {
      state: {
        user,
        role,
        namedRoleIds,
        givenByClaim: givenByClaim(records),
        username: username ?? profile.usernames.at(-1) ?? '',
      },
      streams: [{ stream, version: records.length }, ...roles],
    };
  }
}
