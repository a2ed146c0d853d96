import { Controller, Get, Param, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { ProblemError } from '@keyfold/service-kit';
import { RequirePermission } from '../../http/access.js';
import { type Page, pageQuery, readPage } from '../../http/cursor.js';
import { Id } from '../../http/fields.js';
import { listOf, Returns } from '../../http/returns.decorator.js';
import { Write } from '../../http/write-request.js';
import { writtenAnswer } from '../../http/written-answer.js';
import { RowWrites } from '../../write/row-writes.js';
import type { WriteRequest } from '../../write/write-request.js';
import { DeliveryRows } from './delivery-rows.js';
import { DELIVERY_STATUSES, DeliveryResource } from './webhook.js';
import { isRowId, WebhookRows } from './webhook-rows.js';

const WebhookPath = z.strictObject({ id: Id });
const DeliveryPath = z.strictObject({ id: Id, deliveryId: Id });
const DeliveriesQuery = z.strictObject({ ...pageQuery, status: z.enum(DELIVERY_STATUSES).optional() });

@Controller('v1/webhooks/:id/deliveries')
export class DeliveriesController {
  constructor(
    private readonly writes: RowWrites,
    private readonly webhooks: WebhookRows,
    private readonly deliveries: DeliveryRows,
  ) {}

  @Get()
  @Returns(200, listOf(DeliveryResource))
  @RequirePermission('settings.read')
  async list(
    @Param({ schema: WebhookPath }) { id }: z.output<typeof WebhookPath>,
    @Query({ schema: DeliveriesQuery }) query: z.output<typeof DeliveriesQuery>,
  ): Promise<Page<DeliveryResource>> {
    if ((await this.webhooks.find(id)) === undefined) throw notFound();
    return this.deliveries.list(id, query.status ?? null, readPage(query));
  }

  @Post(':deliveryId/replay')
  @Returns(200, DeliveryResource)
  @RequirePermission('settings.manage')
  async replay(
    @Write() write: WriteRequest,
    @Param({ schema: DeliveryPath }) { deliveryId, id }: z.output<typeof DeliveryPath>,
  ): Promise<unknown> {
    const isKnown = isRowId(id) && isRowId(deliveryId) && (await this.deliveries.find(id, deliveryId)) !== undefined;
    if (!isKnown) throw notFound();
    const written = await this.writes.run(write, async () => {
      await this.deliveries.replay(id, deliveryId);
      const delivery = await this.deliveries.find(id, deliveryId);
      if (delivery === undefined) throw notFound();
      return { status: 200, body: { ...delivery }, version: delivery.attempts };
    });
    return writtenAnswer(written);
  }
}

function notFound(): ProblemError {
  return new ProblemError(404, 'NOT_FOUND', 'There is no such delivery.');
}
