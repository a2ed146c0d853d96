import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { NoteVerifier } from '@keyfold/domain';
import { isUnavailability } from '@keyfold/event-store';
import type { JetStreamFeedStrategy } from '@keyfold/messaging';
import {
  closeAll,
  type Closer,
  fastifyOptions,
  installDraining,
  installReferencePage,
  installStandardHeaders,
  type Logger,
  NestLogger,
  ProblemFilter,
  type Readiness,
  startOperationsServer,
  startTracing,
  traceFastify,
  type Tracing,
} from '@keyfold/service-kit';
import { connectFeed, type Feed } from './connect-feed.js';
import { EndedProofs } from './credentials/ended-proofs.js';
import { OriginWatch } from './freshness/origin-watch.js';
import { GatewayModule } from './gateway.module.js';
import type { GatewayConfig } from './gateway-config.js';
import { gatewayMetrics } from './gateway-metrics.js';
import { assembleGateway, type GatewayParts } from './gateway-parts.js';
import { gatewayRoutes } from './gateway-routes.js';
import { GrpcListener } from './grpc/grpc-listener.js';
import { TracedVerifyStrategy, VerifyStrategy } from './nats/verify-strategy.js';
import { openTables } from './open-tables.js';
import { type RunningProxy, startProxy } from './proxy/start-proxy.js';
import { upstreamTimeouts } from './proxy/upstream.js';
import { type RunningProcess, STOPS_WITHIN_MS } from './running-process.js';
import { FastLane } from './surfaces/fast-lane.js';
import { createGatewayServer } from './surfaces/gateway-server.js';
import { installVerifyBody } from './surfaces/verify-body.js';
import { tokenKeys } from './tokens/token-keys.js';
import { UseReporter } from './use/use-reporter.js';
import { noSiblings, type Siblings } from './workers/siblings.js';
import type { ProcessReports } from './workers/worker-link.js';

/** A body of /v1/verify has a name, a key and some scopes. */
const BODY_LIMIT_BYTES = 16_384;
/** Both cut what is under way a second before. */
const APPLICATION_CLOSES_WITHIN_MS = 13_000;
const PROXY_CLOSES_WITHIN_MS = 11_000;

/** A gateway that listens. */
export interface RunningGateway extends RunningProcess {
  readonly opsUrl: string;
  readonly parts: GatewayParts;
}

/**
 * Starts a gateway of one process. It listens as soon as its tables are there, and answers 503 until it holds a lease.
 *
 * @throws if the database cannot be used, a port is taken or the tables belong to another log
 */
export async function startGateway(config: GatewayConfig, log: Logger): Promise<RunningGateway> {
  const { KEYFOLD_GATEWAY_OPS_PORT: port, KEYFOLD_HOST, KEYFOLD_OPS_HOST: host = KEYFOLD_HOST } = config.settings;
  let opsUrl = '';
  const gateway = await openGateway(config, log, {
    operate: async ({ readiness, registry }) => {
      const operations = await startOperationsServer({
        host,
        port,
        readiness: () => Promise.resolve(readiness()),
        registry,
        logger: log,
      });
      opsUrl = `http://${host}:${operations.port}`;
      return () => operations.close();
    },
  });
  return { ...gateway, opsUrl };
}

/** What a gateway process is told of the ones beside it. */
export interface ProcessSurroundings {
  readonly siblings?: Siblings;
  /** Takes what the operations port is to say; @returns what ends that */
  readonly operate: (reports: ProcessReports) => Promise<() => Promise<void>>;
}

/** Starts what answers requests, whoever answers for its state. */
export async function openGateway(
  config: GatewayConfig,
  log: Logger,
  { operate, siblings = noSiblings }: ProcessSurroundings,
): Promise<Omit<RunningGateway, 'opsUrl'>> {
  const { KEYFOLD_GATEWAY_ID: gatewayId, KEYFOLD_GATEWAY_PORT: port, KEYFOLD_HOST: host } = config.settings;
  const tracing = config.tracing === null ? null : await startTracing(config.tracing, { service: 'auth-gateway', log });
  const parts = assembleGateway(config, log, { tokenKeys: await tokenKeys(config.sharedKeys), siblings, tracing });
  const closers = closersOf(parts);
  const close = (): Promise<void> => closeAll(closers, STOPS_WITHIN_MS);
  try {
    await openTables(config, parts);
    const feed = connectFeed(config, parts, log);
    const { requester } = feed;
    parts.audit.follow(feed);
    const uses = new UseReporter({ recorder: parts.uses, requester, keys: config.sharedKeys, gatewayId, log });
    closers.push(
      { name: 'connection to NATS', close: () => feed.link.close() },
      {
        // After all that answers requests.
        name: 'lease',
        close: () => {
          feed.heads.close();
          return parts.freshness.release();
        },
      },
      { name: 'use reports', close: () => uses.close() },
    );
    const app = await createApp(config, parts, log);
    closers.push({ name: 'application', close: () => app.close(), withinMs: APPLICATION_CLOSES_WITHIN_MS });
    const endOperations = await operate({
      readiness: () => readiness(parts, feed.strategy),
      registry: gatewayMetrics(parts),
    });
    closers.push({ name: 'operations port', close: endOperations });
    connectTransports(app, { config, feed, log, tracing });
    await app.startAllMicroservices();
    parts.leaseProcess.start();
    feed.link.start();
    feed.heads.start();
    uses.start();
    const origin = watchOrigin(config, feed, log);
    closers.push(...startBackground(parts, origin, log));
    await app.listen(port, host);
    const proxy = await openProxy(config, parts, log);
    if (proxy !== null)
      closers.push({ name: 'reverse proxy', close: () => proxy.close(), withinMs: PROXY_CLOSES_WITHIN_MS });
    const { superseded } = origin;
    return { url: await app.getUrl(), proxyUrl: proxy?.url ?? null, superseded, parts, close };
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}

/** What a gateway does beside answering; @returns what ends it */
function startBackground(parts: GatewayParts, origin: OriginWatch, log: Logger): Closer[] {
  const { audit, otherShapes } = parts;
  const endedProofs = new EndedProofs(parts, log);
  for (const part of [origin, otherShapes, audit, endedProofs]) part.start();
  const endOrigin = (): undefined => {
    origin.close();
  };
  return [
    { name: 'origin of the log', close: endOrigin },
    { name: "other versions' tables", close: () => otherShapes.close() },
    { name: 'audit of the projection', close: () => audit.close() },
    { name: 'proofs of ended keys', close: () => endedProofs.close() },
  ];
}

function watchOrigin(config: GatewayConfig, { heads, origins }: Feed, log: Logger): OriginWatch {
  const keep = ({ name }: NoteVerifier): void => {
    config.followedOrigin.keep(config.settings.KEYFOLD_LOG_PUBLIC_KEY.trim(), name);
  };
  return new OriginWatch({ heads, origins, keep, log });
}

function closersOf({ leaseProcess, pool, proofs, tracing }: GatewayParts): Closer[] {
  const releaseKey = (): undefined => {
    leaseProcess.close();
  };
  return [
    { name: 'tracing', close: () => tracing?.close() },
    { name: 'connections to Postgres', close: () => pool.end() },
    { name: 'remembered proofs', close: () => proofs.flush() },
    { name: 'key of the process', close: releaseKey },
  ];
}

async function openProxy({ settings }: GatewayConfig, parts: GatewayParts, log: Logger): Promise<RunningProxy | null> {
  const { KEYFOLD_HOST: host, KEYFOLD_PROXY_PORT: port, KEYFOLD_UPSTREAM_URL: upstreamUrl } = settings;
  if (upstreamUrl === undefined) return null;
  const proxySettings = {
    upstreamUrl,
    host,
    port,
    maxOpenPerKey: settings.KEYFOLD_PROXY_MAX_OPEN_PER_KEY,
    preservesHost: settings.KEYFOLD_PROXY_PRESERVE_HOST,
    allowsPreflight: settings.KEYFOLD_PROXY_ALLOW_PREFLIGHT,
    passesEncodedSlash: settings.KEYFOLD_PROXY_ENCODED_SLASH === 'pass',
    timeouts: upstreamTimeouts(settings.KEYFOLD_PROXY_UPSTREAM_TIMEOUT_SECONDS),
  };
  return startProxy(proxySettings, parts, { proxies: parts.proxies, log });
}

interface TransportSurroundings {
  readonly config: GatewayConfig;
  readonly feed: Feed;
  readonly log: Logger;
  readonly tracing: Tracing | null;
}

/**
 * What comes in other than over HTTP: the log, questions over NATS, and Envoy's over gRPC where a port is set for it.
 */
function connectTransports(app: NestFastifyApplication, { config, feed, log, tracing }: TransportSurroundings): void {
  const { KEYFOLD_GATEWAY_GRPC_PORT: port, KEYFOLD_HOST: host } = config.settings;
  app.connectMicroservice({ strategy: feed.strategy });
  app.connectMicroservice({
    strategy: tracing === null ? new VerifyStrategy(feed.link, log) : new TracedVerifyStrategy(feed.link, log, tracing),
  });
  if (port !== undefined) app.connectMicroservice({ strategy: new GrpcListener({ host, port }) });
}

async function createApp(config: GatewayConfig, parts: GatewayParts, log: Logger): Promise<NestFastifyApplication> {
  const lane = new FastLane(gatewayRoutes(config, parts), log);
  const adapter = new FastifyAdapter({
    ...fastifyOptions(),
    bodyLimit: BODY_LIMIT_BYTES,
    serverFactory: (handler: Parameters<typeof createGatewayServer>[1]) => createGatewayServer(lane, handler),
  });
  const app = await NestFactory.create<NestFastifyApplication>(GatewayModule.with(parts), adapter, {
    logger: new NestLogger(log),
    bodyParser: false,
    abortOnError: false,
  });
  installStandardHeaders(app.getHttpAdapter().getInstance());
  if (parts.tracing !== null) traceFastify(app.getHttpAdapter().getInstance(), parts.tracing);
  installVerifyBody(app.getHttpAdapter().getInstance());
  installDraining(app.getHttpAdapter().getInstance());
  // Behind the fast lane, and loaded when first asked for: the traffic pays nothing for it.
  installReferencePage(app.getHttpAdapter().getInstance(), {
    title: 'Keyfold auth-gateway',
    document: async () => (await import('./reference/gateway-document.js')).gatewayDocument(),
  });
  app.useGlobalFilters(new ProblemFilter(log, isUnavailability));
  return app;
}

/**
 * Ready while something may be allowed: a signed head has been applied, and is not too old. The broker may be away
 * meanwhile.
 */
function readiness({ audit, facts, freshness, projector }: GatewayParts, strategy: JetStreamFeedStrategy): Readiness {
  const { noLease } = freshness;
  const { stopped } = projector;
  const feed = strategy.feedStatus();
  return {
    ready: noLease === null && stopped === null,
    checks: {
      lease: noLease === null ? { ok: true } : { ok: false, detail: `${noLease.code}: ${noLease.sentence}` },
      projector: stopped === null ? { ok: true } : { ok: false, detail: stopped.error.name },
      feed: { ok: feed.state !== 'failing', detail: feed.state },
      // Keys whose rows differ are refused; the others are answered as ever.
      projection: projectionCheck(facts.distrustedStreams.length, audit.differences),
    },
  };
}

function projectionCheck(open: number, found: number): Readiness['checks'][string] {
  if (open > 0) return { ok: false, detail: `${open} rows differ from the log` };
  return found === 0 ? { ok: true } : { ok: true, detail: `${found} differences from the log have been put right` };
}
