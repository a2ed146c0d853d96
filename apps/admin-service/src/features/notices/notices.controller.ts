import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { RequirePermission, SignedIn } from '../../http/access.js';
import { Caller, CurrentCaller } from '../../http/caller.js';
import { pageQuery, readPage, type Page } from '../../http/cursor.js';
import { Id } from '../../http/fields.js';
import { listOf, Returns } from '../../http/returns.decorator.js';
import { NOTICE_TYPES, NoticeResource } from './notice.js';
import { NoticeQueries } from './notice-queries.js';

const OwnNoticesQuery = z.strictObject({ ...pageQuery, type: z.enum(NOTICE_TYPES).optional() });
const NoticesQuery = z.strictObject({ ...OwnNoticesQuery.shape, userId: Id.optional(), keyId: Id.optional() });

@Controller('v1')
export class NoticesController {
  constructor(private readonly notices: NoticeQueries) {}

  @Get('me/notices')
  @Returns(200, listOf(NoticeResource))
  @SignedIn()
  listOwn(
    @CurrentCaller() caller: Caller,
    @Query({ schema: OwnNoticesQuery }) query: z.output<typeof OwnNoticesQuery>,
  ): Promise<Page<NoticeResource>> {
    return this.notices.list({ userId: caller.userId, type: query.type }, readPage(query));
  }

  /** For those who look after everybody's keys, above all to see which retired keys are still in use. */
  @Get('notices')
  @Returns(200, listOf(NoticeResource), { problems: [403] })
  @RequirePermission('api-keys.manage')
  list(@Query({ schema: NoticesQuery }) query: z.output<typeof NoticesQuery>): Promise<Page<NoticeResource>> {
    return this.notices.list(query, readPage(query));
  }
}
