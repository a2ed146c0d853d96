import type { SecuritySettings, SecuritySettingsPatch } from '../../api/types.gen.js';

/** The numbers as they are typed; what cannot be read as one is left to the service to refuse. */
export const KEY_NUMBERS = [
  'maxApiKeyLifetimeDays',
  'maxActiveKeysPerUser',
  'rotationGraceMaxSeconds',
  'gatewayLeaseSeconds',
] as const satisfies readonly (keyof SecuritySettings)[];

const NUMBERS = [...KEY_NUMBERS, 'journalRetentionDays'] as const satisfies readonly (keyof SecuritySettings)[];

export type NumberName = (typeof NUMBERS)[number];

/** The form's fields. */
export type Draft = Readonly<Record<NumberName | 'rateLimitRequests' | 'rateLimitSeconds', string>> & {
  readonly apiKeyAuthenticationEnabled: boolean;
  readonly journal: string;
  readonly gatewayEnrolment: string;
};

export function draftOf(settings: SecuritySettings): Draft {
  const { defaultKeyRateLimit: limit } = settings;
  const numbers = NUMBERS.map((name) => [name, String(settings[name])] as const);
  return {
    ...(Object.fromEntries(numbers) as Record<NumberName, string>),
    apiKeyAuthenticationEnabled: settings.apiKeyAuthenticationEnabled,
    journal: settings.journal,
    gatewayEnrolment: settings.gatewayEnrolment,
    rateLimitRequests: limit === null ? '' : String(limit.requests),
    rateLimitSeconds: limit === null ? '' : String(limit.seconds),
  };
}

/** Only what differs is sent, so that two people who change different things do not undo each other. */
export function changeOf(draft: Draft, settings: SecuritySettings): SecuritySettingsPatch {
  const before = draftOf(settings);
  const differs = (name: keyof Draft): boolean => String(draft[name]).trim() !== String(before[name]);
  const isLimitChanged = differs('rateLimitRequests') || differs('rateLimitSeconds');
  return {
    ...(differs('apiKeyAuthenticationEnabled') && { apiKeyAuthenticationEnabled: draft.apiKeyAuthenticationEnabled }),
    ...(differs('journal') && { journal: draft.journal as SecuritySettings['journal'] }),
    ...(differs('gatewayEnrolment') && {
      gatewayEnrolment: draft.gatewayEnrolment as SecuritySettings['gatewayEnrolment'],
    }),
    ...(isLimitChanged && { defaultKeyRateLimit: rateLimitOf(draft) }),
    ...Object.fromEntries(NUMBERS.filter(differs).map((name) => [name, Number(draft[name])])),
  };
}

function rateLimitOf({ rateLimitRequests, rateLimitSeconds }: Draft): SecuritySettings['defaultKeyRateLimit'] {
  if (rateLimitRequests.trim() === '' && rateLimitSeconds.trim() === '') return null;
  return { requests: Number(rateLimitRequests), seconds: Number(rateLimitSeconds) };
}

/** The fields in which two states differ. */
export function differencesOf(before: SecuritySettings, after: SecuritySettings): (keyof Draft)[] {
  const [one, other] = [draftOf(before), draftOf(after)];
  return (Object.keys(one) as (keyof Draft)[]).filter((name) => one[name] !== other[name]);
}
