import { Global, Module, type FactoryProvider } from '@nestjs/common';
import { parseVerifierKey, type NoteVerifier } from '@keyfold/domain';
import { PostgresEventStore } from '@keyfold/event-store';
import {
  CheckpointSigner,
  ForkAlarm,
  HeadService,
  NatsLink,
  RefillService,
  Relay,
  StreamAudit,
} from '@keyfold/messaging';
import { GatewaySightings } from '../gateways/gateway-sightings.js';
import { AdminConfig } from '../core/admin-config.js';
import { LogKeys } from '../core/log-keys.js';
import { ServiceLogger } from '../core/service-logger.js';
import { FeedHealth, RelayLag } from './feed-health.js';
import { FeedLifecycle } from './feed-lifecycle.js';
import { InternalServer } from './internal-server.js';
import { LeaseSetting } from './lease-setting.js';
import { NatsResponders } from './nats-responders.js';
import { RequestAnswers } from './request-answers.js';
import { RequestOutcomes } from './request-outcomes.js';
import { UseReports } from '../use/use-reports.js';

const verifierOf = ({ signer }: LogKeys): NoteVerifier => parseVerifierKey(signer.verifierKey);

// The parts of libs/messaging are plain classes, so that the library needs no container.
const parts: FactoryProvider[] = [
  { provide: ForkAlarm, inject: [ServiceLogger], useFactory: ({ log }: ServiceLogger) => new ForkAlarm(log) },
  {
    provide: CheckpointSigner,
    inject: [PostgresEventStore, LogKeys, ForkAlarm],
    useFactory: (store: PostgresEventStore, { signer }: LogKeys, alarm: ForkAlarm) =>
      new CheckpointSigner({ source: store, signed: store, signer, alarm }),
  },
  {
    provide: HeadService,
    inject: [PostgresEventStore, CheckpointSigner, LogKeys, ForkAlarm, GatewaySightings],
    useFactory: (...[store, signer, keys, alarm, gateways]: HeadParts) => {
      const lease = new LeaseSetting(store);
      return new HeadService({
        source: store,
        signer,
        verifier: verifierOf(keys),
        keys: keys.shared,
        alarm,
        leaseSeconds: async (request) => {
          const leaseSeconds = await lease.seconds();
          gateways.saw(request, leaseSeconds);
          return leaseSeconds;
        },
      });
    },
  },
  {
    provide: RefillService,
    inject: [PostgresEventStore, CheckpointSigner, LogKeys, ForkAlarm],
    useFactory: (source: PostgresEventStore, signer: CheckpointSigner, { shared }: LogKeys, alarm: ForkAlarm) =>
      new RefillService({ source, signer, keys: shared, alarm }),
  },
  {
    provide: NatsLink,
    inject: [AdminConfig, ServiceLogger],
    useFactory: ({ settings }: AdminConfig, { log }: ServiceLogger) =>
      new NatsLink({ url: settings.KEYFOLD_NATS_URL, name: 'admin-service', log }),
  },
  {
    provide: StreamAudit,
    inject: [PostgresEventStore, LogKeys, ForkAlarm, ServiceLogger],
    useFactory: (source: PostgresEventStore, keys: LogKeys, alarm: ForkAlarm, { log }: ServiceLogger) =>
      new StreamAudit({ source, verifier: verifierOf(keys), alarm, log }),
  },
  {
    provide: Relay,
    inject: [NatsLink, PostgresEventStore, CheckpointSigner, StreamAudit, ServiceLogger],
    useFactory: (...[link, source, signer, audit, { log }]: RelayParts) =>
      new Relay({ link, source, signer, audit, log }),
  },
];
type HeadParts = [PostgresEventStore, CheckpointSigner, LogKeys, ForkAlarm, GatewaySightings];
type RelayParts = [NatsLink, PostgresEventStore, CheckpointSigner, StreamAudit, ServiceLogger];

/** The admin side of the feed: relay, heads and refills, over NATS and on the internal port. */
@Global()
@Module({
  providers: [
    ...parts,
    GatewaySightings,
    UseReports,
    RequestOutcomes,
    RequestAnswers,
    NatsResponders,
    InternalServer,
    FeedHealth,
    RelayLag,
    FeedLifecycle,
  ],
  exports: [CheckpointSigner, ForkAlarm, InternalServer, Relay],
})
export class FeedModule {}
