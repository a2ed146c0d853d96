import { Module } from '@nestjs/common';
import { ApproveProcessesHandler } from './approve-processes.js';
import { GatewayEnrolments } from './gateway-enrolments.js';
import { GatewayQueries } from './gateway-queries.js';
import { GatewaysController } from './gateways.controller.js';
import { PostgresLeaseBook } from './lease-book.js';
import { LeaseEnds } from './lease-ends.js';
import { LeaseGenerations } from './lease-generations.js';
import { RetireGatewayHandler } from './retire-gateway.js';

/** The gateways that follow the log, their leases and their keys. */
@Module({
  controllers: [GatewaysController],
  providers: [
    GatewayQueries,
    RetireGatewayHandler,
    ApproveProcessesHandler,
    GatewayEnrolments,
    PostgresLeaseBook,
    LeaseGenerations,
    LeaseEnds,
  ],
  exports: [PostgresLeaseBook, LeaseGenerations],
})
export class GatewaysModule {}
