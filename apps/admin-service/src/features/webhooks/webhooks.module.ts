import { Module } from '@nestjs/common';
import { DeliveriesController } from './deliveries.controller.js';
import { DeliveryRows } from './delivery-rows.js';
import { DeliveryWorker } from './delivery-worker.js';
import { WebhookRows } from './webhook-rows.js';
import { WebhooksController } from './webhooks.controller.js';

/** Webhooks and what is delivered to them. */
@Module({
  controllers: [WebhooksController, DeliveriesController],
  providers: [WebhookRows, DeliveryRows, DeliveryWorker],
})
export class WebhooksModule {}
