import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ProblemError, type RateLimitFields } from '@keyfold/service-kit';
import { UserQueries, type UserRecord } from '../../tables/user-queries.js';
import { Passwords } from '../users/passwords.js';
import { type NewSession, SessionStore } from './session-store.js';
import { SignInThrottle } from './sign-in-throttle.js';

export interface SignedIn {
  readonly session: NewSession;
  readonly user: UserRecord;
  readonly limits: RateLimitFields;
}

export class SignIn extends Command<SignedIn> {
  constructor(
    readonly credentials: { readonly username: string; readonly password: string },
    readonly from: { readonly address: string; readonly userAgent: string | undefined },
  ) {
    super();
  }
}

/**
 * Signs in with a local password. A name that nobody has, a user without a password and a wrong password take the same
 * work and the same answer.
 */
@CommandHandler(SignIn)
export class SignInHandler implements ICommandHandler<SignIn> {
  constructor(
    private readonly throttle: SignInThrottle,
    private readonly users: UserQueries,
    private readonly passwords: Passwords,
    private readonly sessions: SessionStore,
  ) {}

  async execute({ credentials, from }: SignIn): Promise<SignedIn> {
    const attempt = await this.throttle.begin(credentials.username, from.address);
    const user = await this.users.findByUsername(credentials.username);
    const matches = await this.passwords.verify(user, credentials.password);
    const session = matches && user ? await this.sessions.create(user.id, from, provenHashOf(user)) : undefined;
    // Who was deactivated or got another password in this very moment is refused as everybody is, and counted.
    if (!user || !session)
      throw new ProblemError(401, 'INVALID_CREDENTIALS', 'The user name or the password is wrong.', {
        headers: attempt.fields.failed,
      });
    await this.throttle.succeed(attempt);
    return { session, user, limits: attempt.fields.succeeded };
  }
}

/** Never null: the password has been proven against it. */
function provenHashOf({ state }: UserRecord): string {
  if (state.status === 'erased' || state.passwordHash === null) throw new Error('a password matched none');
  return state.passwordHash;
}
