import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { AuthenticationGuard } from './authentication.guard.js';
import { ApiKeysModule } from './features/api-keys/api-keys.module.js';
import { AuditModule } from './features/audit/audit.module.js';
import { ConsoleModule } from './features/console/console.module.js';
import { ForksModule } from './features/forks/forks.module.js';
import { GatewaysModule } from './features/gateways/gateways.module.js';
import { NoticesModule } from './features/notices/notices.module.js';
import { OidcModule } from './features/oidc/oidc.module.js';
import { ReceiptsModule } from './features/receipts/receipts.module.js';
import { RolesModule } from './features/roles/roles.module.js';
import { SettingsModule } from './features/settings/settings.module.js';
import { SignInModule } from './features/sign-in/sign-in.module.js';
import { UsersModule } from './features/users/users.module.js';
import { WebhooksModule } from './features/webhooks/webhooks.module.js';
import { FeedModule } from './feed/feed.module.js';
import { Housekeeping } from './housekeeping.js';
import { UndeclaredInputGuard } from './http/undeclared-input.guard.js';
import { PlatformModule, type PlatformParts } from './platform/platform.module.js';
import { TablesModule } from './tables/tables.module.js';
import { WriteModule } from './write/write.module.js';

@Module({
  imports: [
    CqrsModule.forRoot(),
    TablesModule,
    WriteModule,
    FeedModule,
    ApiKeysModule,
    AuditModule,
    ConsoleModule,
    ForksModule,
    GatewaysModule,
    NoticesModule,
    OidcModule,
    ReceiptsModule,
    RolesModule,
    SettingsModule,
    SignInModule,
    UsersModule,
    WebhooksModule,
  ],
  providers: [
    Housekeeping,
    // In this order: who calls, then what was sent.
    { provide: APP_GUARD, useClass: AuthenticationGuard },
    { provide: APP_GUARD, useClass: UndeclaredInputGuard },
  ],
})
export class AppModule {
  static of(parts: PlatformParts): DynamicModule {
    return { module: AppModule, imports: [PlatformModule.of(parts)] };
  }
}
