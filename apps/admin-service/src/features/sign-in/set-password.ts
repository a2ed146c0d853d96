import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DomainError, MissingPermissionError, type NewEvent, type UserState } from '@keyfold/domain';
import { ProblemError } from '@keyfold/service-kit';
import type { Caller } from '../../http/caller.js';
import type { Written } from '../../write/decision.js';
import type { WriteRequest } from '../../write/write-request.js';
import { Writer } from '../../write/writer.js';
import { Passwords } from '../users/passwords.js';
import { UserDecisions } from '../users/user-decision.js';
import type { UserSituation } from '../users/user-situation.js';
import { SessionStore } from './session-store.js';

/** An administrator sets somebody's password; all sessions of that user end with it. */
export class SetPassword extends Command<Written> {
  constructor(
    readonly write: WriteRequest,
    readonly caller: Caller,
    readonly userId: string,
    readonly newPassword: string,
  ) {
    super();
  }
}

@CommandHandler(SetPassword)
export class SetPasswordHandler implements ICommandHandler<SetPassword> {
  constructor(
    private readonly writer: Writer,
    private readonly decisions: UserDecisions,
    private readonly passwords: Passwords,
  ) {}

  execute({ write, caller, userId, newPassword }: SetPassword): Promise<Written> {
    return this.writer.run(write, async () => {
      const user = await this.passwords.userOf(userId);
      if (!user) throw new ProblemError(404, 'NOT_FOUND', 'There is no such user.');
      const missing = user.permissions.filter((permission) => !caller.may(permission));
      if (missing.length > 0 && userId !== caller.userId)
        throw new MissingPermissionError(missing, 'This user has permissions that you do not have.');
      if (user.state.status === 'erased') throw new DomainError('USER_ERASED', 'The user has been erased.');
      const passwordHash = await this.passwords.hashNew(newPassword, user.state.username);
      return this.decisions.make({ type: 'SetPassword', userId, by: caller.authority, passwordHash }, { status: 204 });
    });
  }
}

/** A user changes their own password; their other sessions end with it. */
export class ChangeOwnPassword extends Command<Written> {
  constructor(
    readonly write: WriteRequest,
    readonly caller: Caller,
    readonly passwords: { readonly currentPassword: string; readonly newPassword: string },
  ) {
    super();
  }
}

@CommandHandler(ChangeOwnPassword)
export class ChangeOwnPasswordHandler implements ICommandHandler<ChangeOwnPassword> {
  constructor(
    private readonly writer: Writer,
    private readonly decisions: UserDecisions,
    private readonly passwords: Passwords,
    private readonly sessions: SessionStore,
  ) {}

  execute({ write, caller, passwords }: ChangeOwnPassword): Promise<Written> {
    const { userId, sessionId } = caller;
    return this.writer.run(write, async () => {
      const user = await this.passwords.userOf(userId);
      const isCurrent = await this.passwords.verify(user, passwords.currentPassword);
      if (!isCurrent) throw wrongPassword();
      const passwordHash = await this.passwords.hashNew(passwords.newPassword, user?.state.username ?? null);
      // Before the append, whose transaction ends every session that is not kept.
      if (sessionId !== null) await this.sessions.keepThrough(sessionId, write.correlationId);
      const command = { type: 'SetPassword', userId, by: caller.authority, passwordHash } as const;
      const decision = this.decisions.make(command, { status: 204 });
      const decide = (situation: UserSituation): readonly NewEvent[] => {
        // Hashing takes a while: the password that was given may have been replaced since, by who wanted it to count no
        // more.
        if (passwordHashOf(situation.user) !== passwordHashOf(user?.state)) throw wrongPassword();
        return decision.decide(situation);
      };
      return { ...decision, decide };
    });
  }
}

function passwordHashOf(user: UserState | undefined): string | null {
  return user !== undefined && 'passwordHash' in user ? user.passwordHash : null;
}

function wrongPassword(): ProblemError {
  return new ProblemError(403, 'INVALID_CREDENTIALS', 'The current password is wrong.');
}
