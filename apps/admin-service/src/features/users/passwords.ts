import { Injectable } from '@nestjs/common';
import { SecretHasher } from '../../platform/secret-hasher.js';
import { UserQueries, type UserRecord } from '../../tables/user-queries.js';
import { demandGoodPassword, normalisePassword } from './password-rules.js';

/** Local passwords: the rules for new ones, and the one form in which they are hashed and compared. */
@Injectable()
export class Passwords {
  constructor(
    private readonly hasher: SecretHasher,
    private readonly users: UserQueries,
  ) {}

  userOf(userId: string): Promise<UserRecord | undefined> {
    return this.users.find(userId);
  }

  /** Takes the same work whether there is such a user with a password or not. */
  verify(user: UserRecord | undefined, password: string): Promise<boolean> {
    const hash = user?.state.status === 'active' ? user.state.passwordHash : null;
    return this.hasher.verify(hash, normalisePassword(password));
  }

  /**
   * @param member JSON Pointer to the password in the request
   * @throws ProblemError PASSWORD_REFUSED
   */
  hashNew(password: string, username: string | null, member = '/newPassword'): Promise<string> {
    demandGoodPassword(password, username ?? '', member);
    return this.hasher.hash(normalisePassword(password));
  }
}
