import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { z } from 'zod';
import { PERMISSION_CATALOGUE, type RoleChange } from '@keyfold/domain';
import { ProblemError } from '@keyfold/service-kit';
import { RequirePermission, SignedIn } from '../../http/access.js';
import { Answer } from '../../http/answer.js';
import { Caller, CurrentCaller } from '../../http/caller.js';
import { type Page, pageOf, PageQuery, readPage, toPage } from '../../http/cursor.js';
import { Id, PermissionName, RoleName, text } from '../../http/fields.js';
import { listOf, Returns } from '../../http/returns.decorator.js';
import { Write } from '../../http/write-request.js';
import { createdAnswer, emptyAnswer, writtenAnswer } from '../../http/written-answer.js';
import { RoleQueries } from '../../tables/role-queries.js';
import { UserQueries } from '../../tables/user-queries.js';
import type { WriteRequest } from '../../write/write-request.js';
import { resourceOfUser } from '../users/user-resource.js';
import { ChangeRole, CreateRole, DeleteRole } from './role-commands.js';
import { RolePreview, RolePreviews } from './role-preview.js';
import { RoleMembers, RoleResource, roleResource } from './role-resource.js';

const RolePath = z.strictObject({ roleId: Id });
const members = {
  name: RoleName,
  description: text(1000).nullable().optional(),
  permissions: z.array(PermissionName).max(100),
};
const CreateRoleBody = z.strictObject(members).meta({ id: 'CreateRole' });
const ChangeRoleBody = z.strictObject(members).partial().meta({ id: 'ChangeRole' });
const ChangeQuery = z.strictObject({ dryRun: z.enum(['true', 'false']).optional() });
const PermissionResource = z.object({ permission: PermissionName, description: z.string() }).meta({ id: 'Permission' });

@Controller('v1')
export class RolesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly roles: RoleQueries,
    private readonly users: UserQueries,
    private readonly previews: RolePreviews,
  ) {}

  @Get('permissions')
  @Returns(200, listOf(PermissionResource))
  @SignedIn()
  permissions(
    @Query({ schema: PageQuery }) query: z.output<typeof PageQuery>,
  ): Page<z.output<typeof PermissionResource>> {
    const page = readPage(query);
    const start = page.after ?? 0;
    const numbered = PERMISSION_CATALOGUE.map((entry, index) => ({ entry, number: index + 1 }));
    return toPage(
      numbered.slice(start, start + page.limit + 1),
      page,
      ({ entry }) => entry,
      ({ number }) => number,
    );
  }

  @Get('roles')
  @Returns(200, listOf(RoleResource))
  @RequirePermission('roles.read')
  async list(@Query({ schema: PageQuery }) query: z.output<typeof PageQuery>): Promise<Page<RoleResource>> {
    return pageOf(await this.roles.list(readPage(query)), ({ id, state }) => roleResource(id, state));
  }

  @Post('roles')
  @Returns(201, RoleResource)
  @RequirePermission('roles.manage')
  async create(
    @Write() write: WriteRequest,
    @CurrentCaller() caller: Caller,
    @Body({ schema: CreateRoleBody }) body: z.output<typeof CreateRoleBody>,
  ): Promise<unknown> {
    const role = { ...body, description: body.description ?? null };
    return createdAnswer(await this.commands.execute(new CreateRole(write, caller, role)), '/v1/roles');
  }

  @Get('roles/:roleId')
  @Returns(200, RoleResource)
  @RequirePermission('roles.read')
  async read(@Param({ schema: RolePath }) { roleId }: z.output<typeof RolePath>): Promise<Answer<RoleResource>> {
    const role = await this.roles.find(roleId);
    if (!role) throw noSuchRole();
    return new Answer(roleResource(role.id, role.state), { version: role.version });
  }

  /** The items are users, whose names an auditor who may read roles must not see. */
  @Get('roles/:roleId/members')
  @Returns(200, RoleMembers)
  @RequirePermission('roles.read')
  async members(
    @CurrentCaller() caller: Caller,
    @Param({ schema: RolePath }) { roleId }: z.output<typeof RolePath>,
    @Query({ schema: PageQuery }) query: z.output<typeof PageQuery>,
  ): Promise<RoleMembers> {
    caller.require('users.read');
    const holders = await this.users.listHolders(roleId, readPage(query));
    if (!holders) throw noSuchRole();
    return { ...pageOf(holders, resourceOfUser), total: holders.total };
  }

  // eslint-disable-next-line max-params -- one for each part of the request
  @Patch('roles/:roleId')
  @Returns(200, z.union([RoleResource, RolePreview]))
  @RequirePermission('roles.manage')
  async change(
    @Write() write: WriteRequest,
    @CurrentCaller() caller: Caller,
    @Param({ schema: RolePath }) { roleId }: z.output<typeof RolePath>,
    @Query({ schema: ChangeQuery }) { dryRun }: z.output<typeof ChangeQuery>,
    @Body({ schema: ChangeRoleBody }) body: z.output<typeof ChangeRoleBody>,
  ): Promise<unknown> {
    if (dryRun === 'true') {
      const asked = { caller, ifMatch: write.ifMatch };
      const { position, preview } = await this.previews.of(roleId, body as RoleChange, asked);
      return new Answer(preview, { position, confirms: null });
    }
    return writtenAnswer(await this.commands.execute(new ChangeRole(write, caller, roleId, body as RoleChange)));
  }

  @Delete('roles/:roleId')
  @Returns(204, null)
  @RequirePermission('roles.manage')
  async delete(
    @Write() write: WriteRequest,
    @Param({ schema: RolePath }) { roleId }: z.output<typeof RolePath>,
  ): Promise<unknown> {
    return emptyAnswer(await this.commands.execute(new DeleteRole(write, roleId)));
  }
}

function noSuchRole(): ProblemError {
  return new ProblemError(404, 'NOT_FOUND', 'There is no such role.');
}
