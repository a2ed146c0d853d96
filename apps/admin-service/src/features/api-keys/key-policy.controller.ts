import { Controller, Get } from '@nestjs/common';
import { z } from 'zod';
import { SignedIn } from '../../http/access.js';
import { Caller, CurrentCaller } from '../../http/caller.js';
import { Returns } from '../../http/returns.decorator.js';
import { AdminConfig } from '../../platform/admin-config.js';
import { Database } from '../../platform/database.js';
import { readPolicy } from '../../tables/api-key-queries.js';
import { countKeysOf } from './key-limit.js';

const KeyPolicyResource = z
  .object({
    apiKeyAuthenticationEnabled: z.boolean(),
    maxApiKeyLifetimeDays: z.int(),
    rotationGraceMaxSeconds: z.int(),
    maxActiveKeysPerUser: z.int(),
    activeKeys: z.int(),
    mayGenerate: z.boolean(),
    maySignIn: z.boolean(),
    gatewayUrl: z.string().nullable(),
  })
  .meta({ id: 'KeyPolicy' });

type KeyPolicyResource = z.output<typeof KeyPolicyResource>;

/** More than the limit can ever have been. */
const MOST_COUNTED = 10_000;

/** What decides over the caller's own keys, for people who may not read the settings. */
@Controller('v1/me/key-policy')
export class KeyPolicyController {
  constructor(
    private readonly database: Database,
    private readonly config: AdminConfig,
  ) {}

  @Get()
  @Returns(200, KeyPolicyResource)
  @SignedIn()
  async read(@CurrentCaller() caller: Caller): Promise<KeyPolicyResource> {
    const { logTime, pool } = this.database;
    const { nowMs, settings: state } = await readPolicy(pool, logTime);
    const { settings } = state;
    return {
      apiKeyAuthenticationEnabled: settings.apiKeyAuthenticationEnabled,
      maxApiKeyLifetimeDays: settings.maxApiKeyLifetimeDays,
      rotationGraceMaxSeconds: settings.rotationGraceMaxSeconds,
      maxActiveKeysPerUser: settings.maxActiveKeysPerUser,
      activeKeys: await countKeysOf(pool, caller.userId, { nowMs, settings, most: MOST_COUNTED }),
      mayGenerate: caller.may('api-key.generate'),
      maySignIn: caller.may('api-key.sign-in'),
      gatewayUrl: this.config.settings.KEYFOLD_GATEWAY_PUBLIC_URL ?? null,
    };
  }
}
