import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { deriveSharedKeys, type NoteVerifier, parseVerifierKey, type SharedKeys } from '@keyfold/domain';
import {
  ConfigError,
  loadConfig,
  natsServers,
  port,
  sharedSettings,
  type TracingSettings,
  tracingSettings,
  tracingVariables,
  url,
} from '@keyfold/service-kit';
import { FollowedOrigin } from './freshness/followed-origin.js';
import { projectionSchema, STATE_SHAPE } from './projection/projection-schema.js';

const wholeNumber = z
  .string()
  .regex(/^[1-9]\d{0,7}$/, 'must be a number of at least 1')
  .transform(Number);
const flag = z
  .enum(['true', 'false'], 'must be true or false')
  .default('false')
  .transform((value) => value === 'true');
const count = (fallback: number): z.ZodType<number, string | undefined> => wholeNumber.default(fallback);

const DEFAULT_CACHE_ENTRIES = 50_000;

const schema = z.object({
  ...sharedSettings,
  ...tracingVariables,
  KEYFOLD_DATA_DIR: z.string().default('.keyfold'),
  KEYFOLD_GATEWAY_DATABASE_URL: url('postgres:', 'postgresql:'),
  /** Credentials of this gateway at the broker, where they are others than the admin-service's. */
  KEYFOLD_GATEWAY_NATS_URL: natsServers.optional(),
  KEYFOLD_ADMIN_INTERNAL_URL: url('http:', 'https:').default('http://127.0.0.1:3003'),
  KEYFOLD_LOG_PUBLIC_KEY: z.string(),
  KEYFOLD_GATEWAY_ID: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/, 'must be 1 to 40 letters, digits, points, dashes or underscores')
    .default('gateway-1'),
  /**
   * Processes of this gateway, which share its ports and its schema; each holds a cache, a pool and a lease of its own.
   */
  KEYFOLD_GATEWAY_WORKERS: wholeNumber.refine((value) => value <= 64, 'must be a number from 1 to 64').default(1),
  KEYFOLD_GATEWAY_PORT: port(3100),
  KEYFOLD_GATEWAY_OPS_PORT: port(3101),
  KEYFOLD_PROXY_PORT: port(3102),
  /** Envoy's ext_authz over gRPC; off unless set. */
  KEYFOLD_GATEWAY_GRPC_PORT: z
    .string()
    .regex(/^[1-9]\d{0,4}$/, 'must be a port number')
    .transform(Number)
    .refine((value) => value <= 65_535, 'must be a port number')
    .optional(),
  /** The service that the reverse proxy stands in front of; without it there is no proxy. */
  KEYFOLD_UPSTREAM_URL: url('http:', 'https:')
    .refine(isBaseUrl, 'must have no credentials, query or fragment')
    .optional(),
  /** Requests under way and upgraded connections that a key may have open at once at the proxy. */
  KEYFOLD_PROXY_MAX_OPEN_PER_KEY: count(256),
  /** The upstream gets the Host that the client asked for instead of its own. */
  KEYFOLD_PROXY_PRESERVE_HOST: flag,
  /** CORS preflights, which carry no credentials, go to the upstream without any. */
  KEYFOLD_PROXY_ALLOW_PREFLIGHT: flag,
  /** What becomes of a path with `%2F`. */
  KEYFOLD_PROXY_ENCODED_SLASH: z.enum(['refuse', 'pass'], 'must be refuse or pass').default('refuse'),
  /** Until the upstream begins to answer. */
  KEYFOLD_PROXY_UPSTREAM_TIMEOUT_SECONDS: wholeNumber
    .refine((value) => value <= 86_400, 'must be a number from 1 to 86400')
    .default(60),
  /** `iss` of tokens and assertions; by default the log's name. */
  KEYFOLD_TOKEN_ISSUER: z.string().max(200).optional(),
  /** `aud` of tokens. */
  KEYFOLD_TOKEN_AUDIENCE: z.string().max(200).default('keyfold'),
  /** A file of 32 random bytes, made when it is missing. Without it every proof is paid for again. */
  KEYFOLD_GATEWAY_PROOF_KEY_FILE: z.string().optional(),
  KEYFOLD_GATEWAY_CACHE_ENTRIES: count(DEFAULT_CACHE_ENTRIES),
  /** Between two looks at some of the rows, whether they are what the log says; 0: never. */
  KEYFOLD_GATEWAY_AUDIT_INTERVAL_SECONDS: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a number of seconds, or 0')
    .transform(Number)
    .default(15),
  KEYFOLD_GATEWAY_ARGON2_CONCURRENCY: wholeNumber.optional(),
  KEYFOLD_GATEWAY_ARGON2_QUEUE: count(32),
});

type GatewaySettings = Readonly<z.output<typeof schema>>;

/** The configuration, parsed once at start. The members of `settings` are the variables of the contract. */
export class GatewayConfig {
  private constructor(
    readonly settings: GatewaySettings,
    /** The configured key, under the origin that the log is known to have now: a fork may have been acknowledged. */
    readonly verifier: NoteVerifier,
    readonly sharedKeys: SharedKeys,
    /** Null where tracing is off. */
    readonly tracing: TracingSettings | null,
  ) {}

  /** @throws ConfigError that lists every problem of the environment at once */
  static fromEnvironment(
    env: Readonly<Record<string, string | undefined>>,
    warn: (sentence: string) => void = () => undefined,
  ): GatewayConfig {
    const settings = loadConfig(schema, env, warn);
    const { KEYFOLD_DATA_DIR: dataDir, KEYFOLD_GATEWAY_ID: gatewayId } = settings;
    return new GatewayConfig(
      settings,
      new FollowedOrigin(dataDir, gatewayId).read(readVerifier(settings.KEYFOLD_LOG_PUBLIC_KEY), warn),
      deriveSharedKeys(settings.KEYFOLD_SHARED_SECRET),
      tracingSettings(settings.KEYFOLD_TRACING, env, warn),
    );
  }

  /** All tables of this gateway, of this version's shape; the processes of one gateway share it. */
  get schema(): string {
    return projectionSchema(this.settings.KEYFOLD_GATEWAY_ID, STATE_SHAPE, this.verifier);
  }

  /**
   * Argon2 computations at a time in one worker process: unless it is configured, all of them together use the
   * processors, at most 4.
   */
  get argon2Concurrency(): number {
    const { KEYFOLD_GATEWAY_ARGON2_CONCURRENCY: configured, KEYFOLD_GATEWAY_WORKERS: workers } = this.settings;
    return configured ?? Math.max(1, Math.floor(Math.min(4, availableParallelism()) / workers));
  }

  /** Where the caches were raised above the default, speed counts more than memory, and heap growth is not limited. */
  get limitsHeapGrowth(): boolean {
    return this.settings.KEYFOLD_GATEWAY_CACHE_ENTRIES <= DEFAULT_CACHE_ENTRIES;
  }

  /** Where this gateway keeps which origin of the log it follows. */
  get followedOrigin(): FollowedOrigin {
    return new FollowedOrigin(this.settings.KEYFOLD_DATA_DIR, this.settings.KEYFOLD_GATEWAY_ID);
  }

  get natsUrl(): string | undefined {
    return this.settings.KEYFOLD_GATEWAY_NATS_URL ?? this.settings.KEYFOLD_NATS_URL;
  }
}

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { hash, password, search, username } = new URL(text);
  return hash + password + search + username === '';
}

function readVerifier(text: string): NoteVerifier {
  try {
    return parseVerifierKey(text.trim());
  } catch {
    throw new ConfigError('KEYFOLD_LOG_PUBLIC_KEY: is not a verifier key (<name>+<hash>+<base64>)');
  }
}
