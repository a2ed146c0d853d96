import { Module } from '@nestjs/common';
import { UsersModule } from '../users/users.module.js';
import { AccountController } from './account.controller.js';
import { SessionStore } from './session-store.js';
import { SessionsController } from './sessions.controller.js';
import { ChangeOwnPasswordHandler, SetPasswordHandler } from './set-password.js';
import { SignInHandler } from './sign-in.js';
import { SignInOptionsController } from './sign-in-options.controller.js';
import { SignInThrottle } from './sign-in-throttle.js';
import { UserSessionsController } from './user-sessions.controller.js';

/** Sessions, passwords, and what a person sees of the own account. */
@Module({
  imports: [UsersModule],
  controllers: [SignInOptionsController, SessionsController, AccountController, UserSessionsController],
  providers: [SignInHandler, SetPasswordHandler, ChangeOwnPasswordHandler, SessionStore, SignInThrottle],
  exports: [SessionStore, SignInThrottle],
})
export class SignInModule {}
