import { AggregatorRegistry, Counter, Gauge, Registry } from 'prom-client';
import { type Logger, type Readiness, startOperationsServer } from '@keyfold/service-kit';
import type { GatewayConfig } from './gateway-config.js';
import { KeyLimits } from './limits/key-limits.js';
import { answersOf } from './limits/shared-key-limits.js';
import type { RunningProcess } from './running-process.js';
import { WorkerPool } from './workers/worker-pool.js';

/**
 * Starts a gateway of several processes. The primary answers no requests: it hands connections to the workers, starts
 * them again and holds the operations port. What decides access is in the workers, each with a memory, a lease and a
 * line of its own in receipts, so none of them can answer from what another one knows.
 *
 * @throws WorkersCannotStartError, and if the operations port is taken
 */
export async function startPrimary(config: GatewayConfig, log: Logger): Promise<RunningProcess> {
  const { settings } = config;
  const host = settings.KEYFOLD_OPS_HOST ?? settings.KEYFOLD_HOST;
  const keyLimits = new KeyLimits(() => performance.now(), settings.KEYFOLD_GATEWAY_CACHE_ENTRIES);
  const pool = new WorkerPool(settings.KEYFOLD_GATEWAY_WORKERS, log, answersOf(keyLimits));
  const operations = await startOperationsServer({
    host,
    port: settings.KEYFOLD_GATEWAY_OPS_PORT,
    liveness: () => pool.isAlive(),
    readiness: () => readinessOf(pool),
    registry: { contentType: Registry.PROMETHEUS_CONTENT_TYPE, metrics: metricsOf(pool) },
    logger: log,
  });
  const close = async (): Promise<void> => {
    const wasOrderly = await pool.stop();
    await operations.close();
    if (!wasOrderly) throw new Error('a worker did not stop in order');
  };
  try {
    const at = await pool.start();
    // It follows no log.
    const superseded = new Promise<void>(() => undefined);
    return { ...at, opsUrl: `http://${host}:${operations.port}`, superseded, close };
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}

/** Ready when all workers are; a check fails if it fails in one of them. */
async function readinessOf(pool: WorkerPool): Promise<Readiness> {
  const answers = await pool.ask('readiness');
  const checks: Record<string, { ok: boolean; detail?: string }> = {};
  for (const { answer } of answers)
    for (const [name, check] of Object.entries(answer.checks)) if (checks[name]?.ok !== false) checks[name] = check;
  const isComplete = answers.length === pool.count;
  checks['workers'] = { ok: isComplete, detail: `${answers.length} of ${pool.count} answer` };
  return { ready: isComplete && answers.every(({ answer }) => answer.ready), checks };
}

/**
 * What all workers measure, each metric put together as it says itself (sum, least, most), and the workers themselves.
 */
function metricsOf(pool: WorkerPool): () => Promise<string> {
  const own = new Registry();
  new Gauge({
    name: 'keyfold_gateway_workers',
    help: 'Worker processes that listen.',
    registers: [own],
    collect() {
      this.set(pool.listening);
    },
  });
  new Counter({
    name: 'keyfold_gateway_workers_ended_total',
    help: 'Worker processes that have ended since the start.',
    registers: [own],
    collect() {
      this.reset();
      this.inc(pool.ended);
    },
  });
  return async () => {
    const answers = await pool.ask('metrics');
    const ofWorkers = AggregatorRegistry.aggregate(answers.map(({ answer }) => answer));
    return `${await ofWorkers.metrics()}\n${await own.metrics()}`;
  };
}
