import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { v7 as uuidv7 } from 'uuid';
import type { Permission, RoleChange } from '@keyfold/domain';
import type { Caller } from '../../http/caller.js';
import type { Written } from '../../write/decision.js';
import type { WriteRequest } from '../../write/write-request.js';
import { Writer } from '../../write/writer.js';
import { refuseRoleInUse, refuseTakenRoleName, RoleDecisions } from './role-decision.js';

export class CreateRole extends Command<Written> {
  constructor(
    readonly write: WriteRequest,
    readonly caller: Caller,
    readonly role: {
      readonly name: string;
      readonly description: string | null;
      readonly permissions: readonly Permission[];
    },
  ) {
    super();
  }
}

@CommandHandler(CreateRole)
export class CreateRoleHandler implements ICommandHandler<CreateRole> {
  constructor(
    private readonly writer: Writer,
    private readonly decisions: RoleDecisions,
  ) {}

  execute({ write, caller, role }: CreateRole): Promise<Written> {
    return this.writer.run(write, () => {
      const roleId = uuidv7();
      const command = { type: 'CreateRole', roleId, by: caller.authority, ...role } as const;
      return this.decisions.make(roleId, command, {
        status: 201,
        guard: (tx) => refuseTakenRoleName(tx, roleId, role.name),
      });
    });
  }
}

export class ChangeRole extends Command<Written> {
  constructor(
    readonly write: WriteRequest,
    readonly caller: Caller,
    readonly roleId: string,
    readonly changes: RoleChange,
  ) {
    super();
  }
}

@CommandHandler(ChangeRole)
export class ChangeRoleHandler implements ICommandHandler<ChangeRole> {
  constructor(
    private readonly writer: Writer,
    private readonly decisions: RoleDecisions,
  ) {}

  execute({ write, caller, roleId, changes }: ChangeRole): Promise<Written> {
    const command = { type: 'ChangeRole', roleId, by: caller.authority, changes } as const;
    const { name } = changes;
    const guard = name === undefined ? {} : { guard: refuseTaken(roleId, name) };
    return this.writer.run(write, () => this.decisions.make(roleId, command, { status: 200, ...guard }));
  }
}

const refuseTaken =
  (roleId: string, name: string) =>
  (tx: Parameters<typeof refuseTakenRoleName>[0]): ReturnType<typeof refuseTakenRoleName> =>
    refuseTakenRoleName(tx, roleId, name);

export class DeleteRole extends Command<Written> {
  constructor(
    readonly write: WriteRequest,
    readonly roleId: string,
  ) {
    super();
  }
}

@CommandHandler(DeleteRole)
export class DeleteRoleHandler implements ICommandHandler<DeleteRole> {
  constructor(
    private readonly writer: Writer,
    private readonly decisions: RoleDecisions,
  ) {}

  execute({ write, roleId }: DeleteRole): Promise<Written> {
    const guard = (tx: Parameters<typeof refuseRoleInUse>[0]): ReturnType<typeof refuseRoleInUse> =>
      refuseRoleInUse(tx, roleId);
    return this.writer.run(write, () =>
      this.decisions.make(roleId, { type: 'DeleteRole', roleId }, { status: 204, guard }),
    );
  }
}
