import { type DynamicModule, Module } from '@nestjs/common';
import { Tracing, TrustedProxies } from '@keyfold/service-kit';
import { Freshness } from './freshness/freshness.js';
import type { GatewayParts } from './gateway-parts.js';
import { ExtAuthzController } from './grpc/ext-authz.controller.js';
import { HealthController } from './grpc/health.controller.js';
import { TracedExtAuthzController } from './grpc/traced-ext-authz.controller.js';
import { VerifyMessageController } from './nats/verify-message.controller.js';
import { FeedController } from './projection/feed.controller.js';
import { Projector } from './projection/projector.js';
import { KeySignIn } from './surfaces/key-sign-in.js';
import { VerifyController } from './surfaces/verify.controller.js';

/** What Nest serves: the handlers of the feed, of NATS and of gRPC, and the routes that are not in the fast lane. */
@Module({})
export class GatewayModule {
  static with(parts: GatewayParts): DynamicModule {
    return {
      module: GatewayModule,
      controllers: [
        FeedController,
        VerifyController,
        VerifyMessageController,
        HealthController,
        parts.tracing === null ? ExtAuthzController : TracedExtAuthzController,
      ],
      providers: [
        { provide: Projector, useValue: parts.projector },
        { provide: KeySignIn, useValue: parts.signIn },
        { provide: Freshness, useValue: parts.freshness },
        { provide: TrustedProxies, useValue: parts.proxies },
        ...(parts.tracing === null ? [] : [{ provide: Tracing, useValue: parts.tracing }]),
      ],
    };
  }
}
