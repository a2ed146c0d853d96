import { Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { BulkRevokeApiKeysHandler } from './api-keys/bulk-revoke-api-keys.js';
import { ClaimApiKeyHandler } from './api-keys/claim-api-key.js';
import { DelegatedKeysController } from './api-keys/delegated-keys.controller.js';
import { IssueApiKeyHandler } from './api-keys/issue-api-key.js';
import { KeyChecker } from './api-keys/key-checker.js';
import { KeyMaker } from './api-keys/key-maker.js';
import { KeySituationReader } from './api-keys/key-situation.js';
import { LeakReportThrottle } from './api-keys/leak-report-throttle.js';
import { PromiseApiKeyHandler } from './api-keys/promise-api-key.js';
import { ReportLeakHandler } from './api-keys/report-leak.js';
import { RevocationsController } from './api-keys/revocations.controller.js';
import { RevokeApiKeyHandler } from './api-keys/revoke-api-key.js';
import { RotateApiKeyHandler } from './api-keys/rotate-api-key.js';
import { AuditModule } from './audit/audit.module.js';
import { ClockWatch } from './core/clock-watch.js';
import { CoreModule, type CoreParts } from './core/core.module.js';
import { Housekeeping } from './core/housekeeping.js';
import { SecretHasher } from './core/secret-hasher.js';
import { IdempotentAnswers } from './decisions/idempotent-answers.js';
import { RequestFingerprints } from './decisions/request-fingerprints.js';
import { StreamReader } from './decisions/stream-reader.js';
import { Writer } from './decisions/writer.js';
import { FeedModule } from './feed/feed.module.js';
import { AuthenticationGuard } from './http/authentication.guard.js';
import { UndeclaredInputGuard } from './http/undeclared-input.guard.js';
import { oidcControllers, oidcProviders } from './oidc/oidc-providers.js';
import { ApiKeyCounts } from './read-models/api-key-counts.js';
import { NoticesModule } from './notices/notices.module.js';
import { ApiKeyQueries } from './read-models/api-key-queries.js';
import { GatewayQueries } from './gateways/gateway-queries.js';
import { GatewaysController } from './gateways/gateways.controller.js';
import { KeyListSweep } from './read-models/key-list-sweep.js';
import { LogHead } from './read-models/log-head.js';
import { RoleQueries } from './read-models/role-queries.js';
import { SettingsQueries } from './read-models/settings-queries.js';
import { UserQueries } from './read-models/user-queries.js';
import { ChangeRoleHandler, CreateRoleHandler, DeleteRoleHandler } from './roles/role-commands.js';
import { RoleDecisions } from './roles/role-decision.js';
import { RolesController } from './roles/roles.controller.js';
import { SessionStore } from './sessions/session-store.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { UserSessionsController } from './sessions/user-sessions.controller.js';
import { SignInHandler } from './sessions/sign-in.js';
import { SignInThrottle } from './sessions/sign-in-throttle.js';
import { ChangeSecuritySettingsHandler } from './settings/change-security-settings.js';
import { SettingsPreviews } from './settings/settings-preview.js';
import { SettingsController } from './settings/settings.controller.js';
import { AccountController } from './users/account.controller.js';
import { EraseUserHandler } from './users/erase-user.js';
import { ChangeOwnPasswordHandler, SetPasswordHandler } from './users/set-password.js';
import {
  ChangeGrantHandler,
  ChangeUserHandler,
  ChangeUserStatusHandler,
  CreateUserHandler,
} from './users/user-commands.js';
import { Passwords } from './users/passwords.js';
import { UserDecisions } from './users/user-decision.js';
import { UserSituationReader } from './users/user-situation.js';
import { UsersController } from './users/users.controller.js';
import { webhookControllers, webhookProviders } from './webhooks/webhook-providers.js';

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
