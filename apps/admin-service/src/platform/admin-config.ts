import { z } from 'zod';
import { DEFAULT_GATEWAY_ENROLMENT, GATEWAY_ENROLMENTS, parseInstant } from '@keyfold/domain';
import {
  loadConfig,
  port,
  sharedSettings,
  type TracingSettings,
  tracingSettings,
  tracingVariables,
  url,
} from '@keyfold/service-kit';
import { oidcSettings } from './oidc-settings.js';
import { proxySettings } from './outbound-proxy.js';

const seconds = (fallback: number): z.ZodType<number, string | undefined> =>
  z
    .string()
    .regex(/^[1-9]\d{0,7}$/, 'must be a number of seconds')
    .transform(Number)
    .default(fallback);

const days = (fallback: number): z.ZodType<number, string | undefined> =>
  z
    .string()
    .regex(/^[1-9]\d{0,4}$/, 'must be a number of days')
    .transform(Number)
    .default(fallback);

const instant = z.string().transform((text, context) => {
  const ms = parseInstant(text);
  if (ms !== null) return ms;
  context.addIssue({ code: 'custom', message: 'must be an RFC 3339 instant, e.g. 2026-03-01T12:00:00Z' });
  return z.NEVER;
});

const schema = z
  .object({
    ...sharedSettings,
    ...tracingVariables,
    ...oidcSettings,
    KEYFOLD_DATABASE_URL: url('postgres:', 'postgresql:'),
    /** The role that owns the schema; migrations run with it. Without it the service's own role must be the owner. */
    KEYFOLD_DATABASE_OWNER_URL: url('postgres:', 'postgresql:').optional(),
    /** The log's stream in JetStream, for accounts that demand a size (`max_bytes_required`). */
    KEYFOLD_NATS_STREAM_MAX_BYTES: z
      .string()
      .regex(/^[1-9]\d{0,14}$/, 'must be a number of bytes')
      .transform(Number)
      .optional(),
    KEYFOLD_ADMIN_PORT: port(3000),
    KEYFOLD_ADMIN_OPS_PORT: port(3001),
    KEYFOLD_ADMIN_INTERNAL_PORT: port(3003),
    KEYFOLD_LOG_SIGNING_KEY: z.string(),
    KEYFOLD_LOG_ORIGIN: z.string().optional(),
    /** At least one cosigned checkpoint is kept in each such interval. */
    KEYFOLD_LOG_COSIGN_SECONDS: seconds(60),
    KEYFOLD_LOG_COSIGNED_DAYS: days(400),
    KEYFOLD_ADMIN_USERNAME: z.string().default('admin'),
    KEYFOLD_ADMIN_PASSWORD: z.string().optional(),
    /** The setting gatewayEnrolment of a first start. */
    KEYFOLD_GATEWAY_ENROLMENT: z.enum(GATEWAY_ENROLMENTS).default(DEFAULT_GATEWAY_ENROLMENT),
    /** Milliseconds since 1970. */
    KEYFOLD_CLOCK_TRUST: instant.optional(),
    KEYFOLD_CONSOLE: z
      .enum(['on', 'off'])
      .default('on')
      .transform((value) => value === 'on'),
    KEYFOLD_SESSION_IDLE_SECONDS: seconds(3_600),
    KEYFOLD_SESSION_MAX_SECONDS: seconds(43_200),
    /** Lets webhooks go to loopback, private and link-local addresses, and over http. */
    KEYFOLD_WEBHOOKS_ALLOW_PRIVATE: z
      .enum(['true', 'false'])
      .default('false')
      .transform((value) => value === 'true'),
    /** What integrations reach the gateways at: shown to key owners, never called. */
    KEYFOLD_GATEWAY_PUBLIC_URL: url('http:', 'https:').optional(),
    ...proxySettings,
  })
  .superRefine((settings, context) => {
    // Without it a token that the issuer made for anybody else would do.
    if (settings.KEYFOLD_OIDC_ISSUER !== undefined && settings.KEYFOLD_OIDC_CLIENT_ID === undefined)
      context.addIssue({ code: 'custom', path: ['KEYFOLD_OIDC_CLIENT_ID'], message: 'is required' });
  });

type AdminSettings = Readonly<z.output<typeof schema>>;

/** The configuration, parsed once at start. The members are the variables of the contract. */
export class AdminConfig {
  constructor(
    readonly settings: AdminSettings,
    /** Null where tracing is off. */
    readonly tracing: TracingSettings | null = null,
  ) {}

  /** @throws ConfigError that lists every problem of the environment at once */
  static fromEnvironment(
    env: Readonly<Record<string, string | undefined>>,
    warn: (sentence: string) => void,
  ): AdminConfig {
    const settings = loadConfig(schema, env, warn);
    return new AdminConfig(settings, tracingSettings(settings.KEYFOLD_TRACING, env, warn));
  }
}
