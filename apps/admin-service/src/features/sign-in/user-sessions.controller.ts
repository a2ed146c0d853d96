import { Controller, Delete, Get, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import { ProblemError } from '@keyfold/service-kit';
import { RequirePermission } from '../../http/access.js';
import { Answer } from '../../http/answer.js';
import { Caller, CurrentCaller } from '../../http/caller.js';
import { type Page, pageOfIdsQuery, readPageOfIds, toPage } from '../../http/cursor.js';
import { Id } from '../../http/fields.js';
import { listOf, Returns } from '../../http/returns.decorator.js';
import { LogHead } from '../../tables/log-head.js';
import { UserQueries } from '../../tables/user-queries.js';
import { SessionResource, sessionResource } from './session-resource.js';
import { SessionStore } from './session-store.js';

const UserPath = z.strictObject({ userId: Id });
const SessionPath = z.strictObject({ userId: Id, sessionId: Id });
const PageQuery = pageOfIdsQuery(/^[0-9a-f-]{36}$/);

/** Sessions of others. */
@Controller('v1/users/:userId/sessions')
export class UserSessionsController {
  constructor(
    private readonly users: UserQueries,
    private readonly sessions: SessionStore,
    private readonly head: LogHead,
  ) {}

  @Get()
  @Returns(200, listOf(SessionResource))
  @RequirePermission('users.manage')
  async list(
    @CurrentCaller() caller: Caller,
    @Param({ schema: UserPath }) { userId }: z.output<typeof UserPath>,
    @Query({ schema: PageQuery }) query: z.output<typeof PageQuery>,
  ): Promise<Page<SessionResource>> {
    await this.demandUser(userId);
    const page = readPageOfIds(query);
    const rows = await this.sessions.listOf(userId, page);
    return toPage(
      rows,
      page,
      (row) => sessionResource(row, caller.sessionId),
      (row) => row.session_id,
    );
  }

  @Delete()
  @Returns(204, null)
  @RequirePermission('users.manage')
  async endAll(@Param({ schema: UserPath }) { userId }: z.output<typeof UserPath>): Promise<Answer<undefined>> {
    await this.demandUser(userId);
    await this.sessions.endAll(userId);
    return new Answer(undefined, { position: await this.head.position() });
  }

  @Delete(':sessionId')
  @Returns(204, null)
  @RequirePermission('users.manage')
  async end(
    @Param({ schema: SessionPath }) { sessionId, userId }: z.output<typeof SessionPath>,
  ): Promise<Answer<undefined>> {
    const isEnded = await this.sessions.end(userId, sessionId);
    if (!isEnded) throw new ProblemError(404, 'NOT_FOUND', 'There is no such session.');
    return new Answer(undefined, { position: await this.head.position() });
  }

  private async demandUser(userId: string): Promise<void> {
    const user = await this.users.find(userId);
    if (!user) throw new ProblemError(404, 'NOT_FOUND', 'There is no such user.');
  }
}
