import { Injectable } from '@nestjs/common';
import {
  decideRole,
  demandWithin,
  DomainError,
  foldRole,
  type NewEvent,
  type RoleCommand,
  type RoleState,
  roleStream,
} from '@keyfold/domain';
import type { Tx } from '@keyfold/event-store';
import { AdminConfig } from '../../platform/admin-config.js';
import { Causes, setsOneOf } from '../../write/causes.js';
import type { DecidedAnswer, Decision } from '../../write/decision.js';
import { foldRecords, StreamReader } from '../../write/stream-reader.js';
import { roleResource } from './role-resource.js';

/** What all writes to a role have in common. */
@Injectable()
export class RoleDecisions {
  constructor(
    private readonly streams: StreamReader,
    private readonly config: AdminConfig,
    private readonly causes: Causes,
  ) {}

  make(
    roleId: string,
    command: RoleCommand,
    options: { status: number; guard?: (tx: Tx) => Promise<DomainError | null> },
  ): Decision<RoleState> {
    return {
      resource: roleStream(roleId),
      read: async () => {
        const role = await this.streams.role(roleId);
        return { state: role.state, streams: [role] };
      },
      decide: (state) => this.decide(command, state),
      ...(options.guard ? { guard: options.guard } : {}),
      cause: (_state, head) => this.causeOf(roleId, command, head),
      answer: (before, { records }) =>
        answer(roleId, foldRecords({ category: 'role', initial: before, fold: foldRole }, records), options.status),
    };
  }

  /** @throws DomainError as `decideRole` */
  decide(command: RoleCommand, state: RoleState): readonly NewEvent[] {
    if (command.type === 'ChangeRole') this.demandMayRename(command, state);
    return decideRole(command, state);
  }

  /** Where a claim of the OpenID issuer names roles, a role's name says who gets it: renaming is granting. */
  private demandMayRename({ by, changes }: RoleCommand & { readonly type: 'ChangeRole' }, state: RoleState): void {
    if (this.config.settings.KEYFOLD_OIDC_ROLE_CLAIM === undefined || state.status !== 'active') return;
    if (changes.name !== undefined && changes.name !== state.name) demandWithin(by, state.permissions);
  }

  /** Since that record the role is what a change of it asks for. */
  private async causeOf(roleId: string, command: RoleCommand, head: number): Promise<number | null> {
    if (command.type !== 'ChangeRole') return null;
    const members = Object.keys(command.changes);
    return this.causes.newest(roleStream(roleId), head, (record) => setsOneOf(members, record));
  }
}

function answer(roleId: string, state: RoleState, status: number): DecidedAnswer {
  return { status, body: state.status === 'active' ? roleResource(roleId, state) : {} };
}

/**
 * Role names are compared whatever their case, so that nobody grants "auditor" for "Auditor". Runs under the head lock.
 */
export async function refuseTakenRoleName(
  tx: Pick<Tx, 'query'>,
  roleId: string,
  name: string,
): Promise<DomainError | null> {
  const taken = await tx.query(selectTakenName, [roleId, name]);
  return taken.rows.length === 0 ? null : new DomainError('ROLE_NAME_TAKEN', 'Another role has this name.');
}

/** Runs under the head lock. */
export async function refuseRoleInUse(tx: Tx, roleId: string): Promise<DomainError | null> {
  const held = await tx.query(selectHolder, [roleId]);
  return held.rows.length === 0 ? null : new DomainError('ROLE_IN_USE', 'The role is still granted to a user.');
}

const selectTakenName = `
  select 1
  from keyfold.roles
  where lower(name) = lower($2::text)
    and not is_deleted
    and role_id <> $1::text`;

const selectHolder = `
  select 1
  from keyfold.role_grants
  where role_id = $1::text
  limit 1`;
