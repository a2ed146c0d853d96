import { type FeatureDocs, operation, operationsOf } from '../../http/api-docs.js';
import type { SettingsController } from './settings.controller.js';

const settings = {
  apiKeyAuthenticationEnabled: 'Whether API keys work at all; by default false.',
  maxApiKeyLifetimeDays:
    'Longest lifetime of a key in days, 1 to 180 (the default). Applies to existing keys at once; raising it revives those within their own expiry.',
  gatewayLeaseSeconds: 'Seconds for which a gateway may answer without a new head, 5 to 3,600; by default 60.',
  rotationGraceMaxSeconds: 'Seconds for which a rotated key may still pass, 0 to 2,592,000; by default 604,800.',
  maxActiveKeysPerUser: 'Keys that a user may have, active and pending together, 1 to 1,000; by default 20.',
  defaultKeyRateLimit: 'Limit of keys that have none of their own; null (the default): no limit.',
  journal: 'Which decisions gateways report: none, refusals (the default) or all. Not yet in force: it is stored only.',
  journalRetentionDays:
    'Days for which decisions are kept, 1 to 3,650; by default 400. Not yet in force: it is stored only.',
  gatewayEnrolment:
    'Which gateway processes get a lease: whoever authenticates with the shared secret, or only those whose keys were approved.',
};

export const settingsDocs: FeatureDocs = {
  tag: { name: 'Settings', description: 'Whether keys work at all, and their limits.' },
  operations: operationsOf<SettingsController>('Settings', {
    read: operation('readSecuritySettings', 'Read the security settings'),
    change: operation('changeSecuritySettings', 'Change the security settings', ['VERSION_CONFLICT'], {
      notes:
        'Members that are left out stay as they are. With dryRun=true the answer says which active keys the change would affect, and nothing is written.',
      parameters: { dryRun: '`true`: shows what the change would do, and changes nothing.' },
    }),
  }),
  members: {
    SecuritySettings: settings,
    SecuritySettingsPatch: settings,
    SecuritySettingsPreview: {
      affected: 'Active keys whose acceptance or effective expiry would change.',
      'affected.keys': 'Number of keys.',
      'affected.users': 'Number of their owners.',
      sample: 'At most 50 of these keys.',
      'sample.keyId': 'Id of the key.',
      'sample.username': "The owner's user name.",
      'sample.effectiveExpiresAt': 'When it ends now.',
      'sample.wouldBe': 'When it would end; null where it would be refused for another reason than its expiry.',
    },
  },
};
