/** So many requests in so many seconds. */
export type RateLimit = { readonly requests: number; readonly seconds: number };

/** Which decisions the gateways keep a journal of. */
export const JOURNAL_MODES = ['off', 'denials', 'all'] as const;
/** One of {@link JOURNAL_MODES}. */
export type JournalMode = (typeof JOURNAL_MODES)[number];

/** The security settings, one value for the whole installation. */
export type SecuritySettings = {
  readonly apiKeyAuthenticationEnabled: boolean;
  readonly maxApiKeyLifetimeDays: number;
  readonly gatewayLeaseSeconds: number;
  readonly rotationGraceMaxSeconds: number;
  readonly maxActiveKeysPerUser: number;
  readonly defaultKeyRateLimit: RateLimit | null;
  readonly journal: JournalMode;
  readonly journalRetentionDays: number;
};

/** Some of the settings. */
export type SettingsChange = { readonly [Name in keyof SecuritySettings]?: SecuritySettings[Name] };

/**
 * What holds before anybody has changed anything. Every fold of every log starts here, so a new default would rewrite
 * the past of installations that never touched the setting: record a change instead.
 */
export const DEFAULT_SETTINGS: SecuritySettings = {
  apiKeyAuthenticationEnabled: false,
  maxApiKeyLifetimeDays: 180,
  gatewayLeaseSeconds: 60,
  rotationGraceMaxSeconds: 604_800,
  maxActiveKeysPerUser: 20,
  defaultKeyRateLimit: null,
  journal: 'denials',
  journalRetentionDays: 400,
};

/** The range of each whole-number setting, both ends included. */
export const SETTINGS_BOUNDS = {
  maxApiKeyLifetimeDays: { min: 1, max: 180 },
  gatewayLeaseSeconds: { min: 5, max: 3600 },
  rotationGraceMaxSeconds: { min: 0, max: 2_592_000 },
  maxActiveKeysPerUser: { min: 1, max: 1000 },
  journalRetentionDays: { min: 1, max: 3650 },
} as const;

/** The range of both numbers of a rate limit, both ends included. */
export const RATE_LIMIT_BOUNDS = {
  requests: { min: 1, max: 1_000_000 },
  seconds: { min: 1, max: 86_400 },
} as const;

/** The names of the settings in the order in which they are shown. */
export const SETTING_NAMES = Object.keys(DEFAULT_SETTINGS) as readonly (keyof SecuritySettings)[]; // keys of a literal
