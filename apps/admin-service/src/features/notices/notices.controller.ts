import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { ProblemError } from '@keyfold/service-kit';
import { RequirePermission, SignedIn } from '../../http/access.js';
import { Answer } from '../../http/answer.js';
import { Caller, CurrentCaller } from '../../http/caller.js';
import { type Page, pageQuery, readPage } from '../../http/cursor.js';
import { Flag, Id } from '../../http/fields.js';
import { listOf, Returns } from '../../http/returns.decorator.js';
import { Write } from '../../http/write-request.js';
import { RowWrites } from '../../write/row-writes.js';
import type { WriteRequest } from '../../write/write-request.js';
import { NOTICE_TYPES, NoticeResource } from './notice.js';
import { NoticeQueries } from './notice-queries.js';

const typeQuery = { ...pageQuery, type: z.enum(NOTICE_TYPES).optional() };
const OwnNoticesQuery = z.strictObject({ ...typeQuery, unread: Flag.optional() });
const NoticesQuery = z.strictObject({ ...typeQuery, userId: Id.optional(), keyId: Id.optional() });
const ReadBody = z.strictObject({ upTo: Id }).meta({ id: 'ReadNotices' });
const UnreadNotices = z.object({ unread: z.int() }).meta({ id: 'UnreadNotices' });

@Controller('v1')
export class NoticesController {
  constructor(
    private readonly notices: NoticeQueries,
    private readonly writes: RowWrites,
  ) {}

  @Get('me/notices')
  @Returns(200, listOf(NoticeResource))
  @SignedIn()
  listOwn(
    @CurrentCaller() caller: Caller,
    @Query({ schema: OwnNoticesQuery }) query: z.output<typeof OwnNoticesQuery>,
  ): Promise<Page<NoticeResource>> {
    const { type, unread } = query;
    return this.notices.list({ userId: caller.userId, type, unread }, readPage(query));
  }

  @Post('me/notices/read')
  @Returns(200, UnreadNotices)
  @SignedIn()
  async read(
    @Write() write: WriteRequest,
    @CurrentCaller() { userId }: Caller,
    @Body({ schema: ReadBody }) { upTo }: z.output<typeof ReadBody>,
  ): Promise<unknown> {
    const { body, position, status } = await this.writes.run(write, async () => {
      const isKnown = await this.notices.markRead(userId, upTo);
      if (!isKnown) throw new ProblemError(404, 'NOT_FOUND', 'There is no such notice.');
      return { status: 200, body: { unread: await this.notices.countUnread(userId) }, version: 0 };
    });
    // Without an ETag: the body is no resource.
    return new Answer(body, { status, position });
  }

  /** For those who look after everybody's keys, above all to see which retired keys are still in use. */
  @Get('notices')
  @Returns(200, listOf(NoticeResource))
  @RequirePermission('api-keys.manage')
  list(@Query({ schema: NoticesQuery }) query: z.output<typeof NoticesQuery>): Promise<Page<NoticeResource>> {
    return this.notices.list(query, readPage(query));
  }
}
