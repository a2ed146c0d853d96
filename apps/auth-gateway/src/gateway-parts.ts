import { join } from 'node:path';
import pg from 'pg';
import { firstOrigin, type NoteVerifier, verifierNamed } from '@keyfold/domain';
import { outliveLostConnections, ownVersion, sessionSettings } from '@keyfold/event-store';
import { LogClock } from '@keyfold/messaging';
import { HostClock, type Logger, type Tracing, TrustedProxies } from '@keyfold/service-kit';
import { ProjectionAudit } from './audit/projection-audit.js';
import { Authenticator } from './authentication/authenticator.js';
import { ProvenAuthorizations } from './authentication/proven-authorizations.js';
import { StandingAccess } from './authentication/standing-access.js';
import { Argon2Gate } from './credentials/argon2-gate.js';
import { readOrMakeGatewayKey } from './credentials/gateway-key-file.js';
import { ProofStore } from './credentials/proof-store.js';
import { SecretProver } from './credentials/secret-prover.js';
import { SharedProofs } from './credentials/shared-proofs.js';
import { FactLoader, readKeyRows } from './facts/fact-loader.js';
import { GatewayFacts } from './facts/gateway-facts.js';
import { Freshness } from './freshness/freshness.js';
import { LeaseProcess } from './freshness/lease-process.js';
import type { GatewayConfig } from './gateway-config.js';
import { FailedAttempts } from './limits/failed-attempts.js';
import { failureSeed } from './limits/failure-counts.js';
import { KeyLimits } from './limits/key-limits.js';
import { shareFailures } from './limits/shared-failures.js';
import { SharedKeyLimits } from './limits/shared-key-limits.js';
import { DecisionCounts } from './operations/decision-counts.js';
import { DecisionDurations } from './operations/decision-durations.js';
import { OpenConnections } from './operations/open-connections.js';
import { RefusalLog } from './operations/refusal-log.js';
import { OtherShapes } from './projection/other-shapes.js';
import { ProjectionStore } from './projection/projection-store.js';
import { Projector } from './projection/projector.js';
import { KeySignIn } from './surfaces/key-sign-in.js';
import { TracedSignIn } from './surfaces/traced-sign-in.js';
import { TokenIssuer } from './tokens/token-issuer.js';
import type { TokenKeys } from './tokens/token-keys.js';
import { UseRecorder } from './use/use-recorder.js';
import { noSiblings, type Siblings } from './workers/siblings.js';

/** What the caller makes: it differs between a gateway, a worker and a preparation. */
export interface GatewayDependencies {
  readonly siblings?: Siblings;
  readonly tokenKeys: TokenKeys;
  /** Null where tracing is off. */
  readonly tracing: Tracing | null;
}

/** Everything a gateway process consists of but its connections to others, wired. */
export type GatewayParts = ReturnType<typeof assembleGateway>;

export function assembleGateway(
  config: GatewayConfig,
  log: Logger,
  { siblings = noSiblings, tokenKeys, tracing }: GatewayDependencies,
) {
  const { settings, sharedKeys, verifier } = config;
  const maxEntries = settings.KEYFOLD_GATEWAY_CACHE_ENTRIES;
  const pool = createGatewayPool(config);
  const projection = assembleProjection(config, pool, { log, siblings });
  const { facts, freshness } = projection;
  const { hostClock, logClock } = freshness;
  const { argon2, gatewayKey, proofs, prover } = assembleProver(config, pool, { log, siblings });
  const proven = new ProvenAuthorizations(gatewayKey, maxEntries);
  const loader = new FactLoader(facts, (keyId) => readKeyRows(pool, keyId));
  const { failedAttempts, keyLimits } = assembleLimits(() => hostClock.nowMs(), { gatewayKey, maxEntries, siblings });
  const authenticator = new Authenticator({
    facts,
    loader,
    freshness,
    keyLimits,
    failedAttempts,
    prover,
    proven,
    sharedKeys,
  });
  const uses = new UseRecorder(() => (logClock.isSet ? logClock.nowMs() : null));
  const records = {
    counts: new DecisionCounts(),
    durations: new DecisionDurations(),
    refusals: new RefusalLog(log),
    uses,
  };
  const tokens = new TokenIssuer({
    keys: tokenKeys,
    facts,
    freshness,
    // A fork of the log changes nothing for those who verify tokens.
    issuer: settings.KEYFOLD_TOKEN_ISSUER ?? firstOrigin(verifier.name),
  });
  return {
    ...records,
    ...projection,
    access: new StandingAccess(facts, freshness, loader),
    argon2,
    failedAttempts,
    keyLimits,
    loader,
    open: new OpenConnections(),
    pool,
    proofs,
    proven,
    proxies: new TrustedProxies(settings.KEYFOLD_TRUSTED_PROXIES),
    siblings,
    signIn:
      tracing === null ? new KeySignIn(authenticator, records) : new TracedSignIn(authenticator, records, tracing),
    tokenKeys,
    tokens,
    tracing,
  };
}

function assembleProjection(
  { schema, settings, verifier }: GatewayConfig,
  pool: pg.Pool,
  { log, siblings }: { readonly log: Logger; readonly siblings: Siblings },
) {
  const gatewayId = settings.KEYFOLD_GATEWAY_ID;
  const facts = new GatewayFacts({ maxEntries: settings.KEYFOLD_GATEWAY_CACHE_ENTRIES });
  const hostClock = new HostClock();
  const logClock = new LogClock(() => hostClock.nowMs());
  const store = new ProjectionStore(pool, verifier.keyId);
  const projector = new Projector(store, facts, log);
  const leaseProcess = new LeaseProcess({
    place: { dataDir: settings.KEYFOLD_DATA_DIR, gatewayId, slot: siblings.slot },
    version: ownVersion(),
    verifier,
    applied: () => projector.applied,
    checkpoint: () => projector.checkpoint,
    isDoubtful: () => facts.distrustedStreams.length > 0,
    logNowMs: () => (logClock.isSet ? logClock.nowMs() : null),
    log,
  });
  const freshness = new Freshness(hostClock, logClock, facts, leaseProcess);
  projector.onApplied(() => {
    freshness.applied();
  });
  const otherShapes = new OtherShapes(pool, { gatewayId, schema, logKeyIds: keyIdsOf(verifier), log });
  const intervalSeconds = settings.KEYFOLD_GATEWAY_AUDIT_INTERVAL_SECONDS;
  const audit = new ProjectionAudit({ pool, facts, siblings, freshness }, { intervalSeconds, log });
  projector.onDamage((stream) => {
    audit.suspect([stream]);
  });
  return { audit, facts, freshness, leaseProcess, otherShapes, projector };
}

/** Tables that were folded before a fork of the log are of this log as well. */
function keyIdsOf(verifier: NoteVerifier): [string, string] {
  return [verifier.keyId, verifierNamed(verifier, firstOrigin(verifier.name)).keyId];
}

function assembleLimits(
  nowMs: () => number,
  { gatewayKey, maxEntries, siblings }: { gatewayKey: Buffer; maxEntries: number; siblings: Siblings },
) {
  const seed = failureSeed(gatewayKey);
  return {
    failedAttempts: shareFailures(siblings, (counted) => new FailedAttempts(seed, nowMs, counted)),
    keyLimits: siblings.count === 1 ? new KeyLimits(nowMs, maxEntries) : new SharedKeyLimits(siblings, nowMs),
  };
}

function assembleProver(
  config: GatewayConfig,
  pool: pg.Pool,
  { log, siblings }: { readonly log: Logger; readonly siblings: Siblings },
) {
  const { settings } = config;
  const gatewayKey = readOrMakeGatewayKey(
    settings.KEYFOLD_GATEWAY_PROOF_KEY_FILE ??
      join(settings.KEYFOLD_DATA_DIR, `proofs-${settings.KEYFOLD_GATEWAY_ID}.key`),
  );
  const argon2 = new Argon2Gate({
    concurrency: config.argon2Concurrency,
    queue: settings.KEYFOLD_GATEWAY_ARGON2_QUEUE,
  });
  const proofs = new ProofStore(pool, log);
  const prover = new SecretProver(gatewayKey, argon2, siblings.count === 1 ? proofs : new SharedProofs(proofs, log));
  return { argon2, gatewayKey, proofs, prover };
}

function createGatewayPool(config: GatewayConfig): pg.Pool {
  const pool = new pg.Pool({
    connectionString: config.settings.KEYFOLD_GATEWAY_DATABASE_URL,
    application_name: `keyfold-${config.settings.KEYFOLD_GATEWAY_ID}`,
    max: 8,
    connectionTimeoutMillis: 5_000,
    query_timeout: 35_000,
    keepAlive: true,
    ...sessionSettings({
      // The gateway's id is checked when the configuration is read, so it cannot end the quotes.
      search_path: `"${config.schema}"`,
      statement_timeout: 30_000,
      // A process that stops inside a transaction must not keep the projection's lock from its siblings.
      idle_in_transaction_session_timeout: 30_000,
    }),
  });
  return outliveLostConnections(pool);
}
