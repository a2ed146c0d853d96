import { Body, Controller, Delete, Get, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { z } from 'zod';
import type { UserChange } from '@keyfold/domain';
import { fieldRule, ProblemError } from '@keyfold/service-kit';
import { RequirePermission } from '../../http/access.js';
import { Answer } from '../../http/answer.js';
import { Caller, CurrentCaller } from '../../http/caller.js';
import { type Page, pageOf, pageQuery, readPage } from '../../http/cursor.js';
import { Email, Id, Password, text, Username } from '../../http/fields.js';
import { isCleanText } from '../../http/json-body.js';
import { listOf, Returns } from '../../http/returns.decorator.js';
import { Write } from '../../http/write-request.js';
import { createdAnswer, writtenAnswer } from '../../http/written-answer.js';
import { USER_STATUSES, UserQueries } from '../../tables/user-queries.js';
import type { WriteRequest } from '../../write/write-request.js';
import { EraseUser } from './erase-user.js';
import { ChangeGrant, ChangeUser, ChangeUserStatus, CreateUser } from './user-commands.js';
import { resourceOfUser, UserResource } from './user-resource.js';

const UserPath = z.strictObject({ userId: Id });
const GrantPath = z.strictObject({ userId: Id, roleId: Id });
const ListQuery = z.strictObject({
  ...pageQuery,
  query: z.string().max(200).refine(isCleanText, fieldRule('UNSEARCHABLE')).optional(),
  role: Id.optional(),
  status: z.enum(USER_STATUSES).optional(),
});
const profile = {
  displayName: text(200).nullable().optional(),
  email: Email.nullable().optional(),
  supervisorId: Id.nullable().optional(),
};
const CreateUserBody = z
  .strictObject({ username: Username, password: Password.optional(), ...profile })
  .meta({ id: 'CreateUser' });
const ChangeUserBody = z
  .strictObject({
    username: Username.optional(),
    ...profile,
  })
  .meta({ id: 'ChangeUser' });

@Controller('v1/users')
export class UsersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly users: UserQueries,
  ) {}

  @Get()
  @Returns(200, listOf(UserResource))
  @RequirePermission('users.read')
  async list(@Query({ schema: ListQuery }) query: z.output<typeof ListQuery>): Promise<Page<UserResource>> {
    const { query: words, role, status } = query;
    return pageOf(await this.users.list({ query: words, roleId: role, status }, readPage(query)), resourceOfUser);
  }

  @Post()
  @Returns(201, UserResource)
  @RequirePermission('users.manage')
  async create(
    @Write() write: WriteRequest,
    @CurrentCaller() caller: Caller,
    @Body({ schema: CreateUserBody }) body: z.output<typeof CreateUserBody>,
  ): Promise<unknown> {
    const { username, displayName = null, email = null, password = null, supervisorId = null } = body;
    const user = { username, displayName, email, password, supervisorId };
    return createdAnswer(await this.commands.execute(new CreateUser(write, caller, user)), '/v1/users');
  }

  @Get(':userId')
  @Returns(200, UserResource)
  @RequirePermission('users.read')
  async read(@Param({ schema: UserPath }) { userId }: z.output<typeof UserPath>): Promise<Answer<UserResource>> {
    const user = await this.users.find(userId);
    if (!user) throw new ProblemError(404, 'NOT_FOUND', 'There is no such user.');
    return new Answer(resourceOfUser(user), { version: user.version });
  }

  @Patch(':userId')
  @Returns(200, UserResource)
  @RequirePermission('users.manage')
  async change(
    @Write() write: WriteRequest,
    @CurrentCaller() caller: Caller,
    @Param({ schema: UserPath }) { userId }: z.output<typeof UserPath>,
    @Body({ schema: ChangeUserBody }) body: z.output<typeof ChangeUserBody>,
  ): Promise<unknown> {
    return writtenAnswer(await this.commands.execute(new ChangeUser(write, caller, userId, body as UserChange)));
  }

  @Post(':userId/deactivate')
  @Returns(200, UserResource)
  @RequirePermission('users.manage')
  deactivate(
    @Write() write: WriteRequest,
    @CurrentCaller() caller: Caller,
    @Param({ schema: UserPath }) { userId }: z.output<typeof UserPath>,
  ): Promise<unknown> {
    return this.changeStatus(new ChangeUserStatus(write, caller, userId, 'DeactivateUser'));
  }

  @Post(':userId/reactivate')
  @Returns(200, UserResource)
  @RequirePermission('users.manage')
  reactivate(
    @Write() write: WriteRequest,
    @CurrentCaller() caller: Caller,
    @Param({ schema: UserPath }) { userId }: z.output<typeof UserPath>,
  ): Promise<unknown> {
    return this.changeStatus(new ChangeUserStatus(write, caller, userId, 'ReactivateUser'));
  }

  @Post(':userId/erase')
  @Returns(200, UserResource)
  @RequirePermission('users.manage')
  async erase(
    @Write() write: WriteRequest,
    @CurrentCaller() caller: Caller,
    @Param({ schema: UserPath }) { userId }: z.output<typeof UserPath>,
  ): Promise<unknown> {
    return writtenAnswer(await this.commands.execute(new EraseUser(write, caller, userId)));
  }

  @Put(':userId/roles/:roleId')
  @Returns(200, UserResource)
  @RequirePermission('roles.grant')
  grant(
    @Write() write: WriteRequest,
    @CurrentCaller() caller: Caller,
    @Param({ schema: GrantPath }) path: z.output<typeof GrantPath>,
  ): Promise<unknown> {
    return this.changeGrant(new ChangeGrant(write, caller, { type: 'GrantRole', ...path }));
  }

  @Delete(':userId/roles/:roleId')
  @Returns(200, UserResource)
  @RequirePermission('roles.grant')
  withdraw(
    @Write() write: WriteRequest,
    @CurrentCaller() caller: Caller,
    @Param({ schema: GrantPath }) path: z.output<typeof GrantPath>,
  ): Promise<unknown> {
    return this.changeGrant(new ChangeGrant(write, caller, { type: 'WithdrawRole', ...path }));
  }

  private async changeStatus(command: ChangeUserStatus): Promise<unknown> {
    return writtenAnswer(await this.commands.execute(command));
  }

  private async changeGrant(command: ChangeGrant): Promise<unknown> {
    return writtenAnswer(await this.commands.execute(command));
  }
}
