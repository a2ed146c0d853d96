import { Module } from '@nestjs/common';
import { ChangeRoleHandler, CreateRoleHandler, DeleteRoleHandler } from './role-commands.js';
import { RoleDecisions } from './role-decision.js';
import { RolePreviews } from './role-preview.js';
import { RolesController } from './roles.controller.js';

/** Roles and their permissions. */
@Module({
  controllers: [RolesController],
  providers: [CreateRoleHandler, ChangeRoleHandler, DeleteRoleHandler, RoleDecisions, RolePreviews],
})
export class RolesModule {}
