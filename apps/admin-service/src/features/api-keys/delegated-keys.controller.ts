import { Body, Controller, Get, Headers, Param, Post, Query, StreamableFile } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { z } from 'zod';
import { SignedIn } from '../../http/access.js';
import { Answer } from '../../http/answer.js';
import { Caller, CurrentCaller } from '../../http/caller.js';
import { prefersCsv } from '../../http/csv.js';
import { type Page, pageOf, PageQuery, readPage } from '../../http/cursor.js';
import { Id } from '../../http/fields.js';
import { listOf, Returns } from '../../http/returns.decorator.js';
import { Write } from '../../http/write-request.js';
import { ApiKeyQueries, type ApiKeyRecord } from '../../tables/api-key-queries.js';
import type { RecordPage } from '../../tables/page.js';
import { UserQueries } from '../../tables/user-queries.js';
import type { WriteRequest } from '../../write/write-request.js';
import { ApiKeyResource, IssuedApiKeyResource, resourceOfKey } from './api-key-resource.js';
import { withKey } from './commands/issue.js';
import { PromiseApiKey } from './commands/promise.js';
import { IssueApiKeyBody, termsRequest } from './issue-body.js';
import { csvOfKeys } from './key-csv.js';
import { findsNothing, keyFilter, KeyListQuery, keyPage, refusePaging } from './key-list.js';
import { KeySummaries, KeySummaryResource } from './key-summary.js';
import { requireManager, requireManagerOf } from './manager.js';

/** Keys that one statement reads for a file. */
const CSV_PAGE_KEYS = 1_000;
const NO_KEYS: RecordPage<ApiKeyRecord> = { records: [], next: null };
const UserPath = z.strictObject({ userId: Id });

/** Keys of others: for who manages all keys, and for supervisors. */
@Controller('v1')
export class DelegatedKeysController {
  constructor(
    private readonly commands: CommandBus,
    private readonly keys: ApiKeyQueries,
    private readonly users: UserQueries,
    private readonly summaries: KeySummaries,
  ) {}

  @Get('api-keys')
  @Returns(200, listOf(ApiKeyResource))
  @SignedIn()
  async list(
    @CurrentCaller() caller: Caller,
    @Query({ schema: KeyListQuery }) query: KeyListQuery,
    @Headers('accept') accept?: string,
  ): Promise<Answer<Page<ApiKeyResource> | StreamableFile>> {
    requireManager(caller);
    const isCsv = prefersCsv(accept);
    if (isCsv) refusePaging(query);
    const first = findsNothing(query) ? NO_KEYS : await this.page(query, caller, isCsv);
    if (!isCsv) return new Answer(pageOf(first, resourceOfKey), { headers: { vary: 'accept' } });
    const stream = csvOfKeys(first, (cursor) => this.page({ ...query, cursor }, caller, isCsv));
    const file = new StreamableFile(stream, {
      type: 'text/csv; charset=utf-8; header=present',
      disposition: 'attachment; filename="api-keys.csv"',
    });
    return new Answer(file, { headers: { vary: 'accept' } });
  }

  @Get('api-keys/summary')
  @Returns(200, KeySummaryResource)
  @SignedIn()
  async summary(@CurrentCaller() caller: Caller): Promise<Answer<KeySummaryResource>> {
    requireManager(caller);
    return this.summaries.of(caller);
  }

  private page(query: KeyListQuery, caller: Caller, isCsv: boolean): Promise<RecordPage<ApiKeyRecord>> {
    const page = keyPage(query);
    return this.keys.list(keyFilter(query, caller), isCsv ? { ...page, limit: CSV_PAGE_KEYS } : page);
  }

  @Get('users/:userId/api-keys')
  @Returns(200, listOf(ApiKeyResource))
  @SignedIn()
  async listOf(
    @CurrentCaller() caller: Caller,
    @Param({ schema: UserPath }) { userId }: z.output<typeof UserPath>,
    @Query({ schema: PageQuery }) query: z.output<typeof PageQuery>,
  ): Promise<Page<ApiKeyResource>> {
    await requireManagerOf(this.users, caller, userId);
    return pageOf(await this.keys.listOfUser(userId, readPage(query)), resourceOfKey);
  }

  @Post('users/:userId/api-keys')
  @Returns(201, IssuedApiKeyResource)
  @SignedIn()
  async promise(
    @Write() write: WriteRequest,
    @CurrentCaller() caller: Caller,
    @Param({ schema: UserPath }) { userId }: z.output<typeof UserPath>,
    @Body({ schema: IssueApiKeyBody }) body: IssueApiKeyBody,
  ): Promise<unknown> {
    await requireManagerOf(this.users, caller, userId);
    const written = await this.commands.execute(new PromiseApiKey(write, caller, userId, termsRequest(body)));
    return withKey({ written, key: null });
  }
}
