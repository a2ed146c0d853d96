import { Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { ApiKeysController } from './features/api-keys/api-keys.controller.js';
import { BulkRevokeApiKeysHandler } from './features/api-keys/commands/bulk-revoke.js';
import { ClaimApiKeyHandler } from './features/api-keys/commands/claim.js';
import { DelegatedKeysController } from './features/api-keys/delegated-keys.controller.js';
import { IssueApiKeyHandler } from './features/api-keys/commands/issue.js';
import { KeyChecker } from './features/api-keys/key-checker.js';
import { KeyMaker } from './features/api-keys/key-maker.js';
import { KeySituationReader } from './features/api-keys/key-situation.js';
import { LeakReportThrottle } from './features/api-keys/leak-report-throttle.js';
import { PromiseApiKeyHandler } from './features/api-keys/commands/promise.js';
import { ReportLeakHandler } from './features/api-keys/commands/report-leak.js';
import { RevocationsController } from './features/api-keys/revocations.controller.js';
import { RevokeApiKeyHandler } from './features/api-keys/commands/revoke.js';
import { RotateApiKeyHandler } from './features/api-keys/commands/rotate.js';
import { AuditModule } from './features/audit/audit.module.js';
import { ClockWatch } from './platform/clock-watch.js';
import { CoreModule, type CoreParts } from './platform/platform.module.js';
import { Housekeeping } from './housekeeping.js';
import { SecretHasher } from './platform/secret-hasher.js';
import { IdempotentAnswers } from './write/idempotent-answers.js';
import { RequestFingerprints } from './write/request-fingerprints.js';
import { StreamReader } from './write/stream-reader.js';
import { Writer } from './write/writer.js';
import { FeedModule } from './feed/feed.module.js';
import { AuthenticationGuard } from './authentication.guard.js';
import { UndeclaredInputGuard } from './http/undeclared-input.guard.js';
import { oidcControllers, oidcProviders } from './features/oidc/oidc-providers.js';
import { ApiKeyCounts } from './tables/api-key-counts.js';
import { NoticesModule } from './features/notices/notices.module.js';
import { ApiKeyQueries } from './tables/api-key-queries.js';
import { GatewayQueries } from './features/gateways/gateway-queries.js';
import { GatewaysController } from './features/gateways/gateways.controller.js';
import { KeyListSweep } from './tables/key-list-sweep.js';
import { LogHead } from './tables/log-head.js';
import { RoleQueries } from './tables/role-queries.js';
import { SettingsQueries } from './tables/settings-queries.js';
import { UserQueries } from './tables/user-queries.js';
import { ChangeRoleHandler, CreateRoleHandler, DeleteRoleHandler } from './features/roles/role-commands.js';
import { RoleDecisions } from './features/roles/role-decision.js';
import { RolesController } from './features/roles/roles.controller.js';
import { SessionStore } from './features/sign-in/session-store.js';
import { SessionsController } from './features/sign-in/sessions.controller.js';
import { UserSessionsController } from './features/sign-in/user-sessions.controller.js';
import { SignInHandler } from './features/sign-in/sign-in.js';
import { SignInThrottle } from './features/sign-in/sign-in-throttle.js';
import { ChangeSecuritySettingsHandler } from './features/settings/change-security-settings.js';
import { SettingsPreviews } from './features/settings/settings-preview.js';
import { SettingsController } from './features/settings/settings.controller.js';
import { AccountController } from './features/sign-in/account.controller.js';
import { EraseUserHandler } from './features/users/erase-user.js';
import { ChangeOwnPasswordHandler, SetPasswordHandler } from './features/sign-in/set-password.js';
import {
  ChangeGrantHandler,
  ChangeUserHandler,
  ChangeUserStatusHandler,
  CreateUserHandler,
} from './features/users/user-commands.js';
import { Passwords } from './features/users/passwords.js';
import { UserDecisions } from './features/users/user-decision.js';
import { UserSituationReader } from './features/users/user-situation.js';
import { UsersController } from './features/users/users.controller.js';
import { webhookControllers, webhookProviders } from './features/webhooks/webhook-providers.js';

const handlers = [
  SignInHandler,
  ChangeSecuritySettingsHandler,
  CreateRoleHandler,
  ChangeRoleHandler,
  DeleteRoleHandler,
  CreateUserHandler,
  ChangeUserHandler,
  ChangeGrantHandler,
  ChangeUserStatusHandler,
  EraseUserHandler,
  SetPasswordHandler,
  ChangeOwnPasswordHandler,
  IssueApiKeyHandler,
  RevokeApiKeyHandler,
  PromiseApiKeyHandler,
  ClaimApiKeyHandler,
  RotateApiKeyHandler,
  BulkRevokeApiKeysHandler,
  ReportLeakHandler,
];

const queries = [LogHead, SettingsQueries, RoleQueries, UserQueries, ApiKeyQueries, ApiKeyCounts, SettingsPreviews];

const decisions = [
  SecretHasher,
  Writer,
  IdempotentAnswers,
  RequestFingerprints,
  StreamReader,
  RoleDecisions,
  UserDecisions,
  UserSituationReader,
  KeySituationReader,
  KeyMaker,
  KeyChecker,
  Passwords,
];

@Module({
  imports: [CqrsModule.forRoot(), FeedModule, AuditModule, NoticesModule],
  controllers: [
    SessionsController,
    AccountController,
    SettingsController,
    RolesController,
    UsersController,
    UserSessionsController,
    // Before the routes whose paths have a key id in the same place.
    RevocationsController,
    DelegatedKeysController,
    ApiKeysController,
    GatewaysController,
    ...webhookControllers,
    ...oidcControllers,
  ],
  providers: [
    ...handlers,
    ...queries,
    ...decisions,
    SessionStore,
    SignInThrottle,
    LeakReportThrottle,
    ...oidcProviders,
    Housekeeping,
    ClockWatch,
    KeyListSweep,
    GatewayQueries,
    ...webhookProviders,
    // In this order: who calls, then what was sent.
    { provide: APP_GUARD, useClass: AuthenticationGuard },
    { provide: APP_GUARD, useClass: UndeclaredInputGuard },
  ],
})
export class AppModule {
  static of(parts: CoreParts): DynamicModule {
    return { module: AppModule, imports: [CoreModule.of(parts)] };
  }
}
