import { FEED_BATCH_PATTERN, type VerifiedBatch } from '@keyfold/messaging';
import type { Logger } from '@keyfold/service-kit';
import { connectFeed, type Feed } from './connect-feed.js';
import type { GatewayConfig } from './gateway-config.js';
import { assembleGateway, type GatewayParts } from './gateway-parts.js';
import { openTables } from './open-tables.js';
import { tokenKeys } from './tokens/token-keys.js';

const STALL_MS = 120_000;
const REPORT_INTERVAL_MS = 10_000;
const LOOK_INTERVAL_MS = 250;

/**
 * The tables of this version were not brought up to the log's head. What has been applied stays, and a repeat goes on
 * from there.
 */
export class NotPreparedError extends Error {
  override readonly name = 'NotPreparedError';
}

/** What a preparation has come to. */
export interface Prepared {
  /** Records applied: those of the newest signed head. */
  readonly appliedSize: number;
  /** Remembered proofs that were taken over from other versions' tables. */
  readonly proofs: number;
}

/**
 * Builds this version's tables up to the log's head and takes over remembered proofs, while another version of this
 * gateway goes on answering from its own: the start that follows has only the rest to apply. It answers no request,
 * opens no port and uses one process, however many workers the gateway has. Can be repeated, and killed at any time.
 *
 * @param options.signal ends it early
 * @param options.stallMs how long nothing may be applied before it gives up
 * @throws NotPreparedError, WrongLogError, UnknownRecordError, ProjectionDamagedError; whatever Postgres throws
 */
export async function prepareGateway(
  config: GatewayConfig,
  log: Logger,
  { signal, stallMs = STALL_MS }: { readonly signal: AbortSignal; readonly stallMs?: number },
): Promise<Prepared> {
  const parts = assembleGateway(config, log, { tokenKeys: await tokenKeys(config.sharedKeys), tracing: null });
  try {
    await openTables(config, parts);
    await applyUpToHead(parts, connectFeed(config, parts, log), { log, signal, stallMs });
    const proofs = await parts.otherShapes.carryProofs();
    return { appliedSize: parts.facts.appliedSize, proofs };
  } finally {
    await parts.pool.end();
  }
}

interface Following {
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly stallMs: number;
}

async function applyUpToHead(
  parts: GatewayParts,
  { heads, link, strategy }: Feed,
  following: Following,
): Promise<void> {
  strategy.addHandler(FEED_BATCH_PATTERN, (batch: VerifiedBatch) => parts.projector.apply(batch));
  const caughtUp = untilCaughtUp(parts, { heads, strategy }, following);
  try {
    strategy.listen(() => undefined);
    link.start();
    heads.start();
    await caughtUp;
  } finally {
    await strategy.close();
    heads.close();
    await link.close();
  }
}

/** Resolves once what a verified head says is applied. */
function untilCaughtUp(
  { facts, projector }: GatewayParts,
  { heads, strategy }: Pick<Feed, 'heads' | 'strategy'>,
  { log, signal, stallMs }: Following,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let lastSize = facts.appliedSize;
    let movedAtMs = performance.now();
    let reportedAtMs = movedAtMs;
    const look = (): void => {
      const nowMs = performance.now();
      const { appliedSize } = facts;
      const headSize = heads.latest?.size;
      if (appliedSize !== lastSize) movedAtMs = nowMs;
      lastSize = appliedSize;
      if (nowMs - reportedAtMs > REPORT_INTERVAL_MS) {
        reportedAtMs = nowMs;
        log.info({ appliedSize, headSize }, 'preparing');
      }
      if (headSize !== undefined && appliedSize >= headSize) end(resolve);
      else if (projector.stopped !== null) fail(projector.stopped.error);
      else if (signal.aborted)
        fail(new NotPreparedError(`stopped after ${appliedSize} records; run it again to continue`));
      else if (nowMs - movedAtMs > stallMs) fail(new NotPreparedError(stalled()));
    };
    const stalled = (): string =>
      `nothing was applied for ${stallMs / 1_000} s after ${lastSize} records (feed: ${strategy.feedStatus().state}, head: ${heads.lastProblem?.message ?? 'known'})`;
    const end = (settle: () => void): void => {
      clearInterval(timer);
      settle();
    };
    const fail = (error: Error): void => {
      end(() => {
        reject(error);
      });
    };
    const timer = setInterval(look, LOOK_INTERVAL_MS);
  });
}
