import { Global, Module } from '@nestjs/common';
import { ApiKeyCounts } from './api-key-counts.js';
import { ApiKeyQueries } from './api-key-queries.js';
import { KeyCountKeeper } from './key-count-keeper.js';
import { KeyListSweep } from './key-list-sweep.js';
import { LogHead } from './log-head.js';
import { RevocableKeys } from './revocable-keys.js';
import { RoleQueries } from './role-queries.js';
import { SettingsQueries } from './settings-queries.js';
import { SharedKeyCounts } from './shared-key-counts.js';
import { UserQueries } from './user-queries.js';

/** Reading what the log's records were folded into. */
@Global()
@Module({
  providers: [
    LogHead,
    SettingsQueries,
    RoleQueries,
    UserQueries,
    ApiKeyQueries,
    ApiKeyCounts,
    RevocableKeys,
    SharedKeyCounts,
    KeyListSweep,
    KeyCountKeeper,
  ],
  exports: [
    LogHead,
    SettingsQueries,
    RoleQueries,
    UserQueries,
    ApiKeyQueries,
    ApiKeyCounts,
    RevocableKeys,
    SharedKeyCounts,
  ],
})
export class TablesModule {}
