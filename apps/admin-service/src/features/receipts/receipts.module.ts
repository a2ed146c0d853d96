import { Global, Module } from '@nestjs/common';
import { Confirmations } from '../../http/confirmation.js';
import { ReceiptRows } from '../../tables/receipt-rows.js';
import { GatewaysModule } from '../gateways/gateways.module.js';
import { ConfirmationWatch } from './confirmation-watch.js';
import { ConfirmationsController } from './confirmations.controller.js';
import { LeaseLooks } from './lease-looks.js';
import { ReceiptMaker } from './receipt-maker.js';
import { ReceiptFiles, Receipts } from './receipts.js';

/** When a write is confirmed, and the receipts that prove it. Global: every write may be waited for. */
@Global()
@Module({
  imports: [GatewaysModule],
  controllers: [ConfirmationsController],
  providers: [
    ReceiptRows,
    ReceiptMaker,
    Receipts,
    ReceiptFiles,
    LeaseLooks,
    ConfirmationWatch,
    { provide: Confirmations, useExisting: ConfirmationWatch },
  ],
  exports: [Confirmations, ConfirmationWatch, ReceiptRows],
})
export class ReceiptsModule {}
