import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { z } from 'zod';
import { ProblemError } from '@keyfold/service-kit';
import { RequirePermission, SignedIn } from '../../http/access.js';
import { Answer } from '../../http/answer.js';
import { Caller, CurrentCaller } from '../../http/caller.js';
import { Id, Password } from '../../http/fields.js';
import { Returns } from '../../http/returns.decorator.js';
import { Write } from '../../http/write-request.js';
import { emptyAnswer } from '../../http/written-answer.js';
import { UserQueries } from '../../tables/user-queries.js';
import type { WriteRequest } from '../../write/write-request.js';
import { MeResource, resourceOfUser } from '../users/user-resource.js';
import { ChangeOwnPassword, SetPassword } from './set-password.js';

const UserPath = z.strictObject({ userId: Id });
const SetPasswordBody = z.strictObject({ newPassword: Password }).meta({ id: 'SetPassword' });
const ChangePasswordBody = z
  .strictObject({ currentPassword: Password, newPassword: Password })
  .meta({ id: 'ChangePassword' });

/** What concerns the caller's own account, and passwords. */
@Controller('v1')
export class AccountController {
  constructor(
    private readonly commands: CommandBus,
    private readonly users: UserQueries,
  ) {}

  @Get('me')
  @Returns(200, MeResource)
  @SignedIn()
  async me(@CurrentCaller() caller: Caller): Promise<Answer<MeResource>> {
    const [user, initialPassword] = await Promise.all([
      this.users.find(caller.userId),
      this.users.hasInitialPassword(caller.userId),
    ]);
    if (!user) throw new ProblemError(401, 'UNAUTHENTICATED', 'Sign in first.');
    const me = { ...resourceOfUser(user), permissions: user.permissions, initialPassword };
    return new Answer(me, { version: user.version });
  }

  @Put('me/password')
  @Returns(204, null)
  @SignedIn()
  async changeOwn(
    @Write() write: WriteRequest,
    @CurrentCaller() caller: Caller,
    @Body({ schema: ChangePasswordBody }) passwords: z.output<typeof ChangePasswordBody>,
  ): Promise<unknown> {
    return emptyAnswer(await this.commands.execute(new ChangeOwnPassword(write, caller, passwords)));
  }

  @Put('users/:userId/password')
  @Returns(204, null)
  @RequirePermission('users.manage')
  async set(
    @Write() write: WriteRequest,
    @CurrentCaller() caller: Caller,
    @Param({ schema: UserPath }) { userId }: z.output<typeof UserPath>,
    @Body({ schema: SetPasswordBody }) { newPassword }: z.output<typeof SetPasswordBody>,
  ): Promise<unknown> {
    return emptyAnswer(await this.commands.execute(new SetPassword(write, caller, userId, newPassword)));
  }
}
