import { DeliveriesController } from './deliveries.controller.js';
import { DeliveryRows } from './delivery-rows.js';
import { DeliveryWorker } from './delivery-worker.js';
import { RowWrites } from './row-writes.js';
import { WebhookRows } from './webhook-rows.js';
import { WebhooksController } from './webhooks.controller.js';

export const webhookControllers = [WebhooksController, DeliveriesController];
export const webhookProviders = [RowWrites, WebhookRows, DeliveryRows, DeliveryWorker];
