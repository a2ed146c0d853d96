import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { z } from 'zod';
import { fieldRule, ProblemError } from '@keyfold/service-kit';
import { RequirePermission } from '../../http/access.js';
import { Caller, CurrentCaller } from '../../http/caller.js';
import { type Page, PageQuery, readPage, toPage } from '../../http/cursor.js';
import { Id } from '../../http/fields.js';
import { listOf, Returns } from '../../http/returns.decorator.js';
import { Write } from '../../http/write-request.js';
import { emptyAnswer, writtenAnswer } from '../../http/written-answer.js';
import type { WriteRequest } from '../../write/write-request.js';
import { UserResource } from '../users/user-resource.js';
import { isSubject } from './identity-claims.js';
import { identityResource, OidcIdentityResource } from './identity-resource.js';
import { LinkIdentity } from './link-identity.js';
import { LinkedIdentities } from './linked-identities.js';
import { UnlinkIdentity } from './unlink-identity.js';

const UserPath = z.strictObject({ userId: Id });
const IdentityPath = z.strictObject({ userId: Id, identityId: Id });
const LinkBody = z
  .strictObject({ subject: z.string().refine(isSubject, fieldRule('LENGTH', { min: 1, max: 255 })) })
  .meta({ id: 'LinkOidcIdentity' });

/** Identities at the issuer, by which users sign in. */
@Controller('v1/users/:userId/oidc-identities')
export class IdentitiesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly identities: LinkedIdentities,
  ) {}

  @Get()
  @Returns(200, listOf(OidcIdentityResource))
  @RequirePermission('users.read')
  async list(
    @Param({ schema: UserPath }) { userId }: z.output<typeof UserPath>,
    @Query({ schema: PageQuery }) query: z.output<typeof PageQuery>,
  ): Promise<Page<OidcIdentityResource>> {
    const linked = await this.identities.of(userId);
    if (!linked) throw new ProblemError(404, 'NOT_FOUND', 'There is no such user.');
    const page = readPage(query);
    // A user has few, in the order of linking; a cursor is the place of the last one.
    const rest = linked.map((entry, at) => ({ entry, at: at + 1 })).slice(page.after ?? 0);
    return toPage(
      rest.slice(0, page.limit + 1),
      page,
      ({ entry }) => identityResource(entry),
      ({ at }) => at,
    );
  }

  @Delete(':identityId')
  @Returns(204, null)
  @RequirePermission('users.manage')
  async unlink(
    @Write() write: WriteRequest,
    @CurrentCaller() caller: Caller,
    @Param({ schema: IdentityPath }) { identityId, userId }: z.output<typeof IdentityPath>,
  ): Promise<unknown> {
    return emptyAnswer(await this.commands.execute(new UnlinkIdentity(write, caller, userId, identityId)));
  }

  @Post()
  @Returns(200, UserResource)
  @RequirePermission('users.manage')
  async link(
    @Write() write: WriteRequest,
    @CurrentCaller() caller: Caller,
    @Param({ schema: UserPath }) { userId }: z.output<typeof UserPath>,
    @Body({ schema: LinkBody }) { subject }: z.output<typeof LinkBody>,
  ): Promise<unknown> {
    return writtenAnswer(await this.commands.execute(new LinkIdentity(write, caller, userId, subject)));
  }
}
