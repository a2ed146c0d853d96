import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { v7 as uuidv7 } from 'uuid';
import { ADMINISTRATOR_ROLE_ID, type UserChange } from '@keyfold/domain';
import type { Caller } from '../../http/caller.js';
import { Database } from '../../platform/database.js';
import type { Written } from '../../write/decision.js';
import type { WriteRequest } from '../../write/write-request.js';
import { Writer } from '../../write/writer.js';
import { Passwords } from './passwords.js';
import { demandSupervisor, refuseGoneSupervisor } from './supervisor.js';
import { refuseLastAdministrator, refuseTakenUsername, UserDecisions } from './user-decision.js';

export interface NewUser {
  /** In its stored form. */
  readonly username: string;
  readonly displayName: string | null;
  readonly email: string | null;
  readonly password: string | null;
  readonly supervisorId: string | null;
}

export class CreateUser extends Command<Written> {
  constructor(
    readonly write: WriteRequest,
    readonly caller: Caller,
    readonly user: NewUser,
  ) {
    super();
  }
}

@CommandHandler(CreateUser)
export class CreateUserHandler implements ICommandHandler<CreateUser> {
  constructor(
    private readonly writer: Writer,
    private readonly decisions: UserDecisions,
    private readonly passwords: Passwords,
    private readonly database: Database,
  ) {}

  execute({ write, caller, user }: CreateUser): Promise<Written> {
    return this.writer.run(write, async () => {
      const { password, ...profile } = user;
      await demandSupervisor(this.database, user.supervisorId);
      const userId = uuidv7();
      const passwordHash = password === null ? null : await this.hashNew(password, user.username);
      const command = { type: 'CreateUser', userId, by: caller.authority, ...profile, passwordHash } as const;
      return this.decisions.make(command, {
        status: 201,
        guard: async (tx) =>
          (await refuseTakenUsername(tx, user.username)) ?? refuseGoneSupervisor(tx, user.supervisorId),
      });
    });
  }

  /** A taken name (409) is said before a refused password (422). */
  private async hashNew(password: string, username: string): Promise<string> {
    try {
      return await this.passwords.hashNew(password, username, '/password');
    } catch (error) {
      throw (await refuseTakenUsername(this.database.pool, username)) ?? error;
    }
  }
}

export class ChangeUser extends Command<Written> {
  constructor(
    readonly write: WriteRequest,
    readonly caller: Caller,
    readonly userId: string,
    readonly changes: UserChange,
  ) {
    super();
  }
}

@CommandHandler(ChangeUser)
export class ChangeUserHandler implements ICommandHandler<ChangeUser> {
  constructor(
    private readonly writer: Writer,
    private readonly decisions: UserDecisions,
    private readonly database: Database,
  ) {}

  execute({ write, caller, userId, changes }: ChangeUser): Promise<Written> {
    return this.writer.run(write, async () => {
      const { supervisorId = null, username } = changes;
      await demandSupervisor(this.database, supervisorId, userId);
      const command = { type: 'ChangeUser', userId, by: caller.authority, changes } as const;
      return this.decisions.make(command, {
        status: 200,
        guard: async (tx) =>
          (username === undefined ? null : await refuseTakenUsername(tx, username, userId)) ??
          refuseGoneSupervisor(tx, supervisorId),
      });
    });
  }
}

/** Grants a role or withdraws it. */
export class ChangeGrant extends Command<Written> {
  constructor(
    readonly write: WriteRequest,
    readonly caller: Caller,
    readonly grant: { readonly type: 'GrantRole' | 'WithdrawRole'; readonly userId: string; readonly roleId: string },
  ) {
    super();
  }
}

@CommandHandler(ChangeGrant)
export class ChangeGrantHandler implements ICommandHandler<ChangeGrant> {
  constructor(
    private readonly writer: Writer,
    private readonly decisions: UserDecisions,
  ) {}

  execute({ write, caller, grant }: ChangeGrant): Promise<Written> {
    const { type, userId, roleId } = grant;
    const endsAdministration = type === 'WithdrawRole' && roleId === ADMINISTRATOR_ROLE_ID;
    return this.writer.run(write, () =>
      this.decisions.make(
        { type, userId, roleId, by: caller.authority },
        {
          status: 200,
          furtherRoleIds: [roleId],
          ...(endsAdministration ? { guard: (tx) => refuseLastAdministrator(tx, userId) } : {}),
        },
      ),
    );
  }
}

/** Deactivates a user or brings one back. */
export class ChangeUserStatus extends Command<Written> {
  constructor(
    readonly write: WriteRequest,
    readonly caller: Caller,
    readonly userId: string,
    readonly type: 'DeactivateUser' | 'ReactivateUser',
  ) {
    super();
  }
}

@CommandHandler(ChangeUserStatus)
export class ChangeUserStatusHandler implements ICommandHandler<ChangeUserStatus> {
  constructor(
    private readonly writer: Writer,
    private readonly decisions: UserDecisions,
  ) {}

  execute({ write, caller, userId, type }: ChangeUserStatus): Promise<Written> {
    const guard = type === 'DeactivateUser' ? { guard: refuseLast(userId) } : {};
    return this.writer.run(write, () =>
      this.decisions.make({ type, userId, by: caller.authority }, { status: 200, ...guard }),
    );
  }
}

const refuseLast =
  (userId: string) =>
  (tx: Parameters<typeof refuseLastAdministrator>[0]): ReturnType<typeof refuseLastAdministrator> =>
    refuseLastAdministrator(tx, userId);
