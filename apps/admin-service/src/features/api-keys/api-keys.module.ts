import { Module } from '@nestjs/common';
import { ApiKeysController } from './api-keys.controller.js';
import { BulkRevokeApiKeysHandler } from './commands/bulk-revoke.js';
import { ClaimApiKeyHandler } from './commands/claim.js';
import { IssueApiKeyHandler } from './commands/issue.js';
import { PromiseApiKeyHandler } from './commands/promise.js';
import { ReportLeakHandler } from './commands/report-leak.js';
import { RevokeApiKeyHandler } from './commands/revoke.js';
import { RevokeListedApiKeysHandler } from './commands/revoke-listed.js';
import { RotateApiKeyHandler } from './commands/rotate.js';
import { DelegatedKeysController } from './delegated-keys.controller.js';
import { KeyChecker } from './key-checker.js';
import { KeyMaker } from './key-maker.js';
import { KeyPolicyController } from './key-policy.controller.js';
import { KeySituationReader } from './key-situation.js';
import { KeySummaries } from './key-summary.js';
import { LeakReportThrottle } from './leak-report-throttle.js';
import { RevocationPreviews } from './revocation-preview.js';
import { RevocationsController } from './revocations.controller.js';

/** Issuing, promising, rotating and revoking keys, one by one and in bulk. */
@Module({
  controllers: [
    // Before the routes whose paths have a key id in the same place.
    RevocationsController,
    DelegatedKeysController,
    ApiKeysController,
    KeyPolicyController,
  ],
  providers: [
    BulkRevokeApiKeysHandler,
    ClaimApiKeyHandler,
    IssueApiKeyHandler,
    PromiseApiKeyHandler,
    ReportLeakHandler,
    RevokeApiKeyHandler,
    RevokeListedApiKeysHandler,
    RevocationPreviews,
    RotateApiKeyHandler,
    KeyChecker,
    KeyMaker,
    KeySituationReader,
    KeySummaries,
    LeakReportThrottle,
  ],
})
export class ApiKeysModule {}
