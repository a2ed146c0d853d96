import { type FactoryProvider, Global, Module } from '@nestjs/common';
import { PostgresEventStore } from '@keyfold/event-store';
import {
  CheckpointSigner,
  ForkAlarm,
  ForkCheck,
  HeadService,
  type LeaseBook,
  NatsLink,
  RefillService,
  Relay,
  StreamAudit,
  StreamComparison,
} from '@keyfold/messaging';
import { GatewaysModule } from '../features/gateways/gateways.module.js';
import { PostgresLeaseBook } from '../features/gateways/lease-book.js';
import { LastUsedModule } from '../features/last-used/last-used.module.js';
import { ConfirmationWatch } from '../features/receipts/confirmation-watch.js';
import { ReceiptsModule } from '../features/receipts/receipts.module.js';
import { AdminConfig } from '../platform/admin-config.js';
import { LogKeys } from '../platform/log-keys.js';
import { ServiceLogger } from '../platform/service-logger.js';
import { FeedHealth, ForkCheckMetrics, RelayLag } from './feed-health.js';
import { FeedLifecycle } from './feed-lifecycle.js';
import { InternalServer } from './internal-server.js';
import { NatsResponders } from './nats-responders.js';
import { RequestAnswers } from './request-answers.js';
import { RequestOutcomes } from './request-outcomes.js';

/** Requests that wait for gateways are woken by the rows that a head request has changed. */
function waking(book: PostgresLeaseBook, watch: ConfirmationWatch): LeaseBook {
  return {
    admit: (ask) => book.admit(ask),
    commit: async (asks) => {
      const committed = await book.commit(asks);
      watch.wake();
      return committed;
    },
  };
}

// The parts of libs/messaging are plain classes, so that the library needs no container.
const parts: FactoryProvider[] = [
  {
    provide: CheckpointSigner,
    inject: [PostgresEventStore, LogKeys, ForkAlarm, ForkCheck],
    useFactory: (store: PostgresEventStore, { signer }: LogKeys, alarm: ForkAlarm, forks: ForkCheck) =>
      new CheckpointSigner({ source: store, signed: store, signer, alarm, forks }),
  },
  {
    provide: HeadService,
    inject: [PostgresEventStore, CheckpointSigner, LogKeys, ForkAlarm, PostgresLeaseBook, ConfirmationWatch],
    useFactory: (...[source, signer, keys, alarm, book, watch]: HeadParts) => {
      const leases = waking(book, watch);
      const { shared, signatures, verifier } = keys;
      return new HeadService({ source, signer, verifier, signatures, keys: shared, alarm, leases });
    },
  },
  {
    provide: RefillService,
    inject: [PostgresEventStore, CheckpointSigner, LogKeys, ForkAlarm],
    useFactory: (source: PostgresEventStore, signer: CheckpointSigner, { shared }: LogKeys, alarm: ForkAlarm) =>
      new RefillService({ source, signer, keys: shared, alarm }),
  },
  {
    provide: StreamAudit,
    inject: [PostgresEventStore, LogKeys, StreamComparison, ServiceLogger, AdminConfig],
    useFactory: (...[source, { signer }, comparison, { log }, { settings }]: AuditParts) => {
      const streamMaxBytes = settings.KEYFOLD_NATS_STREAM_MAX_BYTES;
      return new StreamAudit({ source, logKeyId: signer.keyId, comparison, log, streamMaxBytes });
    },
  },
  {
    provide: Relay,
    inject: [NatsLink, PostgresEventStore, CheckpointSigner, StreamAudit, ForkCheck, ServiceLogger],
    useFactory: (...[link, source, signer, audit, forks, { log }]: RelayParts) =>
      new Relay({ link, source, signer, audit, forks, log }),
  },
];
type HeadParts = [PostgresEventStore, CheckpointSigner, LogKeys, ForkAlarm, PostgresLeaseBook, ConfirmationWatch];
type AuditParts = [PostgresEventStore, LogKeys, StreamComparison, ServiceLogger, AdminConfig];
type RelayParts = [NatsLink, PostgresEventStore, CheckpointSigner, StreamAudit, ForkCheck, ServiceLogger];

/** The admin side of the feed: relay, heads and refills, over NATS and on the internal port. */
@Global()
@Module({
  imports: [GatewaysModule, LastUsedModule, ReceiptsModule],
  providers: [
    ...parts,
    RequestOutcomes,
    RequestAnswers,
    NatsResponders,
    InternalServer,
    FeedHealth,
    ForkCheckMetrics,
    RelayLag,
    FeedLifecycle,
  ],
  exports: [CheckpointSigner, InternalServer, Relay],
})
export class FeedModule {}
