import { Injectable } from '@nestjs/common';
import {
  ADMINISTRATOR_ROLE_ID,
  decideUser,
  DomainError,
  foldUser,
  type RoleState,
  type UserCommand,
  userStream,
} from '@keyfold/domain';
import type { AppendedEvents, Tx } from '@keyfold/event-store';
import { Causes, type Changing, setsOneOf } from '../../write/causes.js';
import type { DecidedAnswer, Decision } from '../../write/decision.js';
import { foldRecords } from '../../write/stream-reader.js';
import { userResource } from './user-resource.js';
import { type UserSituation, UserSituationReader } from './user-situation.js';

interface Options {
  readonly status: number;
  readonly furtherRoleIds?: readonly string[];
  readonly guard?: (tx: Tx) => Promise<DomainError | null>;
}

/** What all writes to a user have in common. */
@Injectable()
export class UserDecisions {
  constructor(
    private readonly situations: UserSituationReader,
    private readonly causes: Causes,
  ) {}

  make(command: UserCommand, options: Options): Decision<UserSituation> {
    const { userId } = command;
    return {
      resource: userStream(userId),
      read: () =>
        isRenaming(command)
          ? this.situations.readForRenaming(userId)
          : this.situations.read(userId, options.furtherRoleIds),
      decide: ({ user, role, isRenamable }) => {
        const events = decideUser(isRenaming(command) ? { ...command, isRenamable } : command, user, role);
        if (command.type === 'WithdrawRole' && events.length === 0) demandRole(role(command.roleId));
        return events;
      },
      ...(options.guard ? { guard: options.guard } : {}),
      cause: (_situation, head) => this.causes.newest(userStream(userId), head, (record) => brings(command, record)),
      answer: (situation, appended) => answer(userId, situation, appended, options.status),
    };
  }
}

/** Whether a record of the user's stream has done what the command is to do. */
function brings(command: UserCommand, record: Changing): boolean {
  if (!DOING[command.type].includes(record.type)) return false;
  if ('roleId' in command) return record.data['roleId'] === command.roleId;
  return command.type !== 'ChangeUser' || setsOneOf(Object.keys(command.changes), record);
}

/** The types of records that do what a command of a type is to do. */
const DOING: Readonly<Record<UserCommand['type'], readonly string[]>> = {
  DeactivateUser: ['UserDeactivated'],
  ReactivateUser: ['UserReactivated', 'UserCreated'],
  EraseUser: ['UserErased'],
  GrantRole: ['RoleGranted'],
  WithdrawRole: ['RoleWithdrawn'],
  ChangeUser: ['UserCreated', 'UserChanged'],
  // These two always write.
  CreateUser: [],
  SetPassword: [],
  // Which identity a record is of is sealed.
  LinkOidcIdentity: [],
  UnlinkOidcIdentity: [],
};

function isRenaming(command: UserCommand): command is UserCommand & { readonly type: 'ChangeUser' } {
  return command.type === 'ChangeUser' && command.changes.username !== undefined;
}

/** A role that is not held may be withdrawn, one that does not exist may not. */
function demandRole(role: RoleState | undefined): void {
  if (role?.status !== 'active') throw new DomainError('NOT_FOUND', 'There is no such role.');
}

function answer(
  userId: string,
  { user, role }: UserSituation,
  { records }: AppendedEvents,
  status: number,
): DecidedAnswer {
  const after = foldRecords({ category: 'user', initial: user, fold: foldUser }, records);
  if (after.status === 'none' || after.status === 'unusable')
    throw new Error(`user ${userId} does not exist after its own write`);
  const nameOf = (roleId: string): string | undefined => {
    const held = role(roleId);
    return held?.status === 'active' ? held.name : undefined;
  };
  return { status, body: userResource(userId, after, nameOf), personal: { kind: 'user', id: userId } };
}

/**
 * Runs under the head lock.
 *
 * @param username in its stored form
 * @param userId whose name it may be already
 */
export async function refuseTakenUsername(
  tx: Pick<Tx, 'query'>,
  username: string,
  userId: string | null = null,
): Promise<DomainError | null> {
  const taken = await tx.query(selectTakenName, [username, userId]);
  return taken.rows.length === 0 ? null : new DomainError('USERNAME_TAKEN', 'Another user has this name.');
}

/**
 * Refuses what would leave nobody who may do everything. Runs under the head lock, so two administrators cannot remove
 * each other at once.
 */
export async function refuseLastAdministrator(tx: Pick<Tx, 'query'>, userId: string): Promise<DomainError | null> {
  const administrators = await tx.query<{ user_id: string }>(selectAdministrators, [ADMINISTRATOR_ROLE_ID]);
  const isLast = administrators.rows.length === 1 && administrators.rows[0]?.user_id === userId;
  return isLast ? new DomainError('LAST_ADMINISTRATOR', 'This is the last active Administrator.') : null;
}

const selectTakenName = `
  select 1
  from keyfold.users
  where username = $1::text
    and user_id is distinct from $2::text`;

const selectAdministrators = `
  select u.user_id
  from keyfold.role_grants g
  join keyfold.users u on u.user_id = g.user_id
  where g.role_id = $1::text
    and u.status = 'active'
  limit 2`;
