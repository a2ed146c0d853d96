import { Body, Controller, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { z } from 'zod';
import { RequirePermission } from '../../http/access.js';
import { Caller, CurrentCaller } from '../../http/caller.js';
import { Id } from '../../http/fields.js';
import { Returns } from '../../http/returns.decorator.js';
import { Write } from '../../http/write-request.js';
import { writtenAnswer } from '../../http/written-answer.js';
import type { WriteRequest } from '../../write/write-request.js';
import { UserResource } from '../users/user-resource.js';
import { isSubject } from './identity-claims.js';
import { LinkIdentity } from './link-identity.js';

const UserPath = z.strictObject({ userId: Id });
const LinkBody = z
  .strictObject({ subject: z.string().refine(isSubject, 'takes 1 to 255 characters') })
  .meta({ id: 'LinkOidcIdentity' });

/** Identities of users who were there before they signed in by the issuer. */
@Controller('v1/users/:userId/oidc-identities')
export class IdentitiesController {
  constructor(private readonly commands: CommandBus) {}

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
