import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { z } from 'zod';
import { maySeeKeysOf, REVOCATION_REASONS } from '@keyfold/domain';
import { ProblemError } from '@keyfold/service-kit';
import { RequirePermission, SignedIn } from '../../http/access.js';
import { Answer } from '../../http/answer.js';
import { Caller, CurrentCaller } from '../../http/caller.js';
import { type Page, pageOf, PageQuery, readPage } from '../../http/cursor.js';
import { Id, text } from '../../http/fields.js';
import { listOf, Returns } from '../../http/returns.decorator.js';
import { Write } from '../../http/write-request.js';
import { writtenAnswer } from '../../http/written-answer.js';
import { ApiKeyQueries } from '../../tables/api-key-queries.js';
import type { WriteRequest } from '../../write/write-request.js';
import { ApiKeyResource, IssuedApiKeyResource, resourceOfKey } from './api-key-resource.js';
import { ClaimApiKey } from './commands/claim.js';
import { IssueApiKey, withKey } from './commands/issue.js';
import { RevokeApiKey } from './commands/revoke.js';
import { RotateApiKey } from './commands/rotate.js';
import { IssueApiKeyBody, RotateApiKeyBody, rotationExpiry, termsRequest } from './issue-body.js';

const KeyPath = z.strictObject({ keyId: Id });
const RevokeBody = z
  .strictObject({ reason: z.enum(REVOCATION_REASONS), note: text(1000).optional() })
  .meta({ id: 'RevokeApiKey' });

@Controller('v1')
export class ApiKeysController {
  constructor(
    private readonly commands: CommandBus,
    private readonly keys: ApiKeyQueries,
  ) {}

  @Post('me/api-keys')
  @Returns(201, IssuedApiKeyResource)
  @RequirePermission('api-key.generate')
  async issue(
    @Write() write: WriteRequest,
    @CurrentCaller() caller: Caller,
    @Body({ schema: IssueApiKeyBody }) body: IssueApiKeyBody,
  ): Promise<unknown> {
    return withKey(await this.commands.execute(new IssueApiKey(write, caller, termsRequest(body))));
  }

  @Get('me/api-keys')
  @Returns(200, listOf(ApiKeyResource))
  @SignedIn()
  async listOwn(
    @CurrentCaller() caller: Caller,
    @Query({ schema: PageQuery }) query: z.output<typeof PageQuery>,
  ): Promise<Page<ApiKeyResource>> {
    return pageOf(await this.keys.listOfUser(caller.userId, readPage(query)), resourceOfKey);
  }

  @Post('me/api-keys/:keyId/claim')
  @Returns(200, IssuedApiKeyResource)
  @SignedIn()
  async claim(
    @Write() write: WriteRequest,
    @CurrentCaller() caller: Caller,
    @Param({ schema: KeyPath }) { keyId }: z.output<typeof KeyPath>,
  ): Promise<unknown> {
    return withKey(await this.commands.execute(new ClaimApiKey(write, caller, keyId)));
  }

  @Get('api-keys/:keyId')
  @Returns(200, ApiKeyResource)
  @SignedIn()
  async read(
    @CurrentCaller() caller: Caller,
    @Param({ schema: KeyPath }) { keyId }: z.output<typeof KeyPath>,
  ): Promise<Answer<ApiKeyResource>> {
    const found = await this.keys.find(keyId);
    if (!found || !maySeeKeysOf(caller.authority, found.key.userId, found.view.owner))
      throw new ProblemError(404, 'NOT_FOUND', 'There is no such key.');
    return new Answer(resourceOfKey(found), { version: found.version });
  }

  @Post('api-keys/:keyId/rotate')
  @Returns(201, IssuedApiKeyResource)
  @RequirePermission('api-key.generate')
  async rotate(
    @Write() write: WriteRequest,
    @CurrentCaller() caller: Caller,
    @Param({ schema: KeyPath }) { keyId }: z.output<typeof KeyPath>,
    @Body({ schema: RotateApiKeyBody }) body: RotateApiKeyBody,
  ): Promise<unknown> {
    const rotation = { graceSeconds: body.graceSeconds ?? 0, expiry: rotationExpiry(body) };
    return withKey(await this.commands.execute(new RotateApiKey(write, caller, keyId, rotation)));
  }

  @Post('api-keys/:keyId/revoke')
  @Returns(200, ApiKeyResource)
  @SignedIn()
  async revoke(
    @Write() write: WriteRequest,
    @CurrentCaller() caller: Caller,
    @Param({ schema: KeyPath }) { keyId }: z.output<typeof KeyPath>,
    @Body({ schema: RevokeBody }) { reason, note }: z.output<typeof RevokeBody>,
  ): Promise<unknown> {
    const revocation = { reason, note: note ?? null };
    return writtenAnswer(await this.commands.execute(new RevokeApiKey(write, caller, keyId, revocation)));
  }
}
