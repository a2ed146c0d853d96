import { z } from 'zod';
import { GATEWAY_ENROLMENTS, JOURNAL_MODES, SETTINGS_BOUNDS } from '@keyfold/domain';
import { RateLimit } from '../../http/fields.js';

const whole = ({ min, max }: { min: number; max: number }): z.ZodInt => z.int().min(min).max(max);

const members = {
  apiKeyAuthenticationEnabled: z.boolean(),
  maxApiKeyLifetimeDays: whole(SETTINGS_BOUNDS.maxApiKeyLifetimeDays),
  gatewayLeaseSeconds: whole(SETTINGS_BOUNDS.gatewayLeaseSeconds),
  rotationGraceMaxSeconds: whole(SETTINGS_BOUNDS.rotationGraceMaxSeconds),
  maxActiveKeysPerUser: whole(SETTINGS_BOUNDS.maxActiveKeysPerUser),
  defaultKeyRateLimit: RateLimit.nullable(),
  journal: z.enum(JOURNAL_MODES),
  journalRetentionDays: whole(SETTINGS_BOUNDS.journalRetentionDays),
  gatewayEnrolment: z.enum(GATEWAY_ENROLMENTS),
};

export const SecuritySettingsResource = z.object(members).meta({ id: 'SecuritySettings' });

export const SecuritySettingsPatch = z.strictObject(members).partial().meta({ id: 'SecuritySettingsPatch' });

export type SecuritySettingsPatch = z.output<typeof SecuritySettingsPatch>;
export type SecuritySettingsResource = z.output<typeof SecuritySettingsResource>;
