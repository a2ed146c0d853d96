import { Module } from '@nestjs/common';
import { EraseUserHandler } from './erase-user.js';
import { Passwords } from './passwords.js';
import { ChangeGrantHandler, ChangeUserHandler, ChangeUserStatusHandler, CreateUserHandler } from './user-commands.js';
import { UserDecisions } from './user-decision.js';
import { UserSituationReader } from './user-situation.js';
import { UsersController } from './users.controller.js';

/** Users: who they are, what they are granted, and their end. */
@Module({
  controllers: [UsersController],
  providers: [
    CreateUserHandler,
    ChangeUserHandler,
    ChangeGrantHandler,
    ChangeUserStatusHandler,
    EraseUserHandler,
    Passwords,
    UserDecisions,
    UserSituationReader,
  ],
  exports: [Passwords, UserDecisions, UserSituationReader],
})
export class UsersModule {}
