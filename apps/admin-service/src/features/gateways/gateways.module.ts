import { Module } from '@nestjs/common';
import { GatewayQueries } from './gateway-queries.js';
import { GatewaySightings } from './gateway-sightings.js';
import { GatewaysController } from './gateways.controller.js';

/** The gateways that follow the log. */
@Module({
  controllers: [GatewaysController],
  providers: [GatewayQueries, GatewaySightings],
  exports: [GatewaySightings],
})
export class GatewaysModule {}
