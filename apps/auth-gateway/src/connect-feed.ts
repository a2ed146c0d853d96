import { GenuineSignatures } from '@keyfold/domain';
import {
  AdminRequester,
  HeadClient,
  JetStreamFeedStrategy,
  NatsLink,
  OriginClient,
  RefillClient,
  StreamClient,
} from '@keyfold/messaging';
import type { Logger } from '@keyfold/service-kit';
import type { GatewayConfig } from './gateway-config.js';
import type { GatewayParts } from './gateway-parts.js';

/** A checkpoint comes with the last of its records and with every head until the next one. */
const MAX_SIGNATURES = 64;

/** How a gateway process reaches the log. */
export interface Feed {
  readonly link: NatsLink;
  readonly requester: AdminRequester;
  readonly heads: HeadClient;
  readonly strategy: JetStreamFeedStrategy;
  /** What the log has of single streams. */
  readonly streams: StreamClient;
  /** Records from a position on. */
  readonly refills: RefillClient;
  /** Under which origin the log goes on. */
  readonly origins: OriginClient;
}

/** Wires what follows the log onto the projection; the caller starts link, heads and strategy, and closes them. */
export function connectFeed(config: GatewayConfig, parts: GatewayParts, log: Logger): Feed {
  const { settings, sharedKeys: keys } = config;
  const verifier = new GenuineSignatures(MAX_SIGNATURES).remembering(config.verifier);
  const { freshness, leaseProcess, projector } = parts;
  const { incarnation } = leaseProcess;
  const gatewayId = settings.KEYFOLD_GATEWAY_ID;
  const link = new NatsLink({ url: config.natsUrl, name: `auth-gateway ${gatewayId}`, log });
  const requester = new AdminRequester({
    link,
    internalUrl: settings.KEYFOLD_ADMIN_INTERNAL_URL,
    logKeyId: verifier.keyId,
    log,
  });
  const heads = new HeadClient({
    requester,
    verifier,
    keys,
    gatewayId,
    incarnation,
    applied: () => projector.applied,
    knownCheckpoint: () => projector.checkpoint,
    held: () => freshness.lease.held?.nonce ?? null,
    process: (nonce) => leaseProcess.describe(nonce),
    clock: freshness.logClock,
    log,
    monotonicNow: () => freshness.hostClock.nowMs(),
  });
  freshness.follow(heads);
  const strategy = new JetStreamFeedStrategy({
    link,
    requester,
    verifier,
    keys,
    gatewayId,
    incarnation,
    position: () => projector.position(),
    heads,
    log,
  });
  const identity = { requester, verifier, keys, gatewayId, incarnation };
  const streams = new StreamClient(identity);
  const refills = new RefillClient({ ...identity, head: () => heads.latest ?? null });
  const origins = new OriginClient(identity);
  return { link, requester, heads, strategy, streams, refills, origins };
}
