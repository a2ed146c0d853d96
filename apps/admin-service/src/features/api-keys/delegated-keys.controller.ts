import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { z } from 'zod';
import { SignedIn } from '../../http/access.js';
import { Caller, CurrentCaller } from '../../http/caller.js';
import { pageOf, PageQuery, readPage, type Page } from '../../http/cursor.js';
import { Id } from '../../http/fields.js';
import { listOf, Returns } from '../../http/returns.decorator.js';
import { Write } from '../../http/write-request.js';
import type { WriteRequest } from '../../write/write-request.js';
import { ApiKeyQueries } from '../../tables/api-key-queries.js';
import { UserQueries } from '../../tables/user-queries.js';
import { resourceOfKey, ApiKeyResource, IssuedApiKeyResource } from './api-key-resource.js';
import { IssueApiKeyBody, termsRequest } from './issue-body.js';
import { withKey } from './commands/issue.js';
import { findsNothing, KeyListQuery, keyFilter, keyPage } from './key-list.js';
import { requireManager, requireManagerOf } from './manager.js';
import { PromiseApiKey } from './commands/promise.js';

const UserPath = z.strictObject({ userId: Id });

/** Keys of others: for who manages all keys, and for supervisors. */
@Controller('v1')
export class DelegatedKeysController {
  constructor(
    private readonly commands: CommandBus,
    private readonly keys: ApiKeyQueries,
    private readonly users: UserQueries,
  ) {}

  @Get('api-keys')
  @Returns(200, listOf(ApiKeyResource), {
    description:
      'Unless sort says otherwise: newest first; by expiry, the latest first, with expiresBefore or status=expired; by last use, the latest first, with unusedSince.',
    problems: [403],
  })
  @SignedIn()
  async list(
    @CurrentCaller() caller: Caller,
    @Query({ schema: KeyListQuery }) query: KeyListQuery,
  ): Promise<Page<ApiKeyResource>> {
    requireManager(caller);
    if (findsNothing(query)) return { items: [], nextCursor: null };
    return pageOf(await this.keys.list(keyFilter(query, caller), keyPage(query)), resourceOfKey);
  }

  @Get('users/:userId/api-keys')
  @Returns(200, listOf(ApiKeyResource), { problems: [403, 404] })
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
  @Returns(201, IssuedApiKeyResource, {
    description: 'Pending: the owner mints the key with claim.',
    problems: [403, 404, 409, 412, 422],
  })
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
