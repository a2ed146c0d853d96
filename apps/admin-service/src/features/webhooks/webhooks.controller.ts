import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import type { JsonObject } from '@keyfold/domain';
import { ProblemError } from '@keyfold/service-kit';
import { RequirePermission } from '../../http/access.js';
import { Answer } from '../../http/answer.js';
import { type Page, PageQuery, readPage } from '../../http/cursor.js';
import { Id } from '../../http/fields.js';
import { listOf, Returns } from '../../http/returns.decorator.js';
import { Write } from '../../http/write-request.js';
import { createdAnswer, emptyAnswer, writtenAnswer } from '../../http/written-answer.js';
import { AdminConfig } from '../../platform/admin-config.js';
import type { Written } from '../../write/decision.js';
import { RowWrites } from '../../write/row-writes.js';
import { requireVersion, type WriteRequest } from '../../write/write-request.js';
import { DeliveryRows } from './delivery-rows.js';
import {
  ChangeWebhookBody,
  CreatedWebhookResource,
  CreateWebhookBody,
  DeliveryResource,
  WebhookResource,
} from './webhook.js';
import { webhookUrlRefusal } from './webhook-address.js';
import { type StoredWebhook, WebhookRows } from './webhook-rows.js';

const WebhookPath = z.strictObject({ id: Id });
type WebhookPath = z.output<typeof WebhookPath>;

@Controller('v1/webhooks')
export class WebhooksController {
  constructor(
    private readonly writes: RowWrites,
    private readonly webhooks: WebhookRows,
    private readonly deliveries: DeliveryRows,
    private readonly config: AdminConfig,
  ) {}

  @Get()
  @Returns(200, listOf(WebhookResource))
  @RequirePermission('settings.read')
  list(@Query({ schema: PageQuery }) query: z.output<typeof PageQuery>): Promise<Page<WebhookResource>> {
    return this.webhooks.list(readPage(query));
  }

  @Post()
  @Returns(201, CreatedWebhookResource)
  @RequirePermission('settings.manage')
  async create(
    @Write() write: WriteRequest,
    @Body({ schema: CreateWebhookBody }) { types, url }: z.output<typeof CreateWebhookBody>,
  ): Promise<unknown> {
    let made: string | null = null;
    const written = await this.writes.run(write, async () => {
      this.requireAllowed(url);
      const { resource, secret, version } = await this.webhooks.create({ url, types: types ?? null }, write.actor);
      made = secret;
      return { status: 201, body: { ...resource }, version };
    });
    return createdAnswer(written, '/v1/webhooks', withSecret(written, made));
  }

  @Get(':id')
  @Returns(200, WebhookResource)
  @RequirePermission('settings.read')
  async read(@Param({ schema: WebhookPath }) { id }: WebhookPath): Promise<Answer<WebhookResource>> {
    const { resource, version } = await this.found(id);
    return new Answer(resource, { version });
  }

  @Patch(':id')
  @Returns(200, WebhookResource)
  @RequirePermission('settings.manage')
  async change(
    @Write() write: WriteRequest,
    @Param({ schema: WebhookPath }) { id }: WebhookPath,
    @Body({ schema: ChangeWebhookBody }) body: z.output<typeof ChangeWebhookBody>,
  ): Promise<unknown> {
    const version = await this.requireVersion(id, write);
    if (body.url !== undefined) this.requireAllowed(body.url);
    const written = await this.writes.run(write, async () => {
      const changed = await this.webhooks.change(id, version, body);
      if (changed === undefined) throw goneMeanwhile(version);
      return { status: 200, body: { ...changed.resource }, version: changed.version };
    });
    return writtenAnswer(written);
  }

  @Delete(':id')
  @Returns(204, null)
  @RequirePermission('settings.manage')
  async delete(@Write() write: WriteRequest, @Param({ schema: WebhookPath }) { id }: WebhookPath): Promise<unknown> {
    const version = await this.requireVersion(id, write);
    const written = await this.writes.run(write, async () => {
      if (!(await this.webhooks.remove(id, version))) throw goneMeanwhile(version);
      return { status: 204, body: {}, version: version ?? 0 };
    });
    return emptyAnswer(written);
  }

  @Post(':id/test')
  @Returns(202, DeliveryResource)
  @RequirePermission('settings.manage')
  async test(@Write() write: WriteRequest, @Param({ schema: WebhookPath }) { id }: WebhookPath): Promise<unknown> {
    await this.requireVersion(id, write);
    const written = await this.writes.run(write, async () => {
      const { resource } = await this.found(id);
      if (!resource.enabled)
        throw new ProblemError(409, 'WEBHOOK_DISABLED', 'The webhook is disabled: enable it first.');
      return { status: 202, body: { ...(await this.deliveries.addTest(id)) }, version: 0 };
    });
    // Without an ETag: a delivery has no version.
    return new Answer(written.body, { status: written.status, position: written.position });
  }

  @Post(':id/rotate-secret')
  @Returns(200, CreatedWebhookResource)
  @RequirePermission('settings.manage')
  async rotateSecret(
    @Write() write: WriteRequest,
    @Param({ schema: WebhookPath }) { id }: WebhookPath,
  ): Promise<unknown> {
    const version = await this.requireVersion(id, write);
    let made: string | null = null;
    const written = await this.writes.run(write, async () => {
      const rotated = await this.webhooks.rotateSecret(id, version);
      if (rotated === undefined) throw goneMeanwhile(version);
      made = rotated.secret;
      return { status: 200, body: { ...rotated.resource }, version: rotated.version };
    });
    return writtenAnswer({ ...written, body: withSecret(written, made) });
  }

  private async found(id: string): Promise<StoredWebhook> {
    const found = await this.webhooks.find(id);
    if (found === undefined) throw notFound();
    return found;
  }

  /** @returns the version that the write is for; null if any will do */
  private async requireVersion(id: string, { ifMatch }: WriteRequest): Promise<number | null> {
    const { version } = await this.found(id);
    requireVersion(ifMatch, version);
    return ifMatch === null ? null : version;
  }

  private requireAllowed(url: string): void {
    const problem = webhookUrlRefusal(url, this.config.settings.KEYFOLD_WEBHOOKS_ALLOW_PRIVATE);
    if (problem === null) return;
    throw new ProblemError(422, 'URL_NOT_ALLOWED', `The URL ${problem.message}.`, { errors: [problem] });
  }
}

function withSecret({ body, isReplay }: Written, secret: string | null): JsonObject {
  return { ...body, secret, ...(isReplay ? { replayed: true } : {}) };
}

function notFound(): ProblemError {
  return new ProblemError(404, 'NOT_FOUND', 'There is no such webhook.');
}

function goneMeanwhile(version: number | null): ProblemError {
  if (version === null) return notFound();
  return new ProblemError(412, 'VERSION_CONFLICT', 'The resource has changed since the version in If-Match.');
}
