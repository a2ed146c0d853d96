import type pg from 'pg';
import { type InlineProjection, PostgresEventStore } from '@keyfold/event-store';
import { ForkAlarm, ForkCheck, NatsLink, StreamComparison } from '@keyfold/messaging';
import type { HostClock, Logger } from '@keyfold/service-kit';
import type { AdminConfig } from './admin-config.js';
import type { LogKeys } from './log-keys.js';

/** The log, and what keeps it from being written to or signed where it is not the one that it was. */
export interface OpenedLog {
  readonly store: PostgresEventStore;
  readonly alarm: ForkAlarm;
  readonly comparison: StreamComparison;
  readonly forks: ForkCheck;
  readonly link: NatsLink;
  /**
   * The same log without anything that keeps it from being written to, for the one record that says that a fork was
   * acknowledged. The caller closes it.
   */
  readonly openUngated: () => PostgresEventStore;
}

/** Opens the log and begins to compare it with what is known of it; what is appended meanwhile waits for that. */
export function openLog(parts: {
  config: AdminConfig;
  pool: pg.Pool;
  clock: HostClock;
  keys: LogKeys;
  logger: Logger;
  projections: readonly InlineProjection[];
}): OpenedLog {
  const { clock, config, keys, logger: log, pool, projections } = parts;
  const alarm = new ForkAlarm(log);
  const options = { pool, projections, clock, trustClockUntilMs: config.settings.KEYFOLD_CLOCK_TRUST };
  const store: PostgresEventStore = new PostgresEventStore({
    ...options,
    gate: {
      admit: (server) => forks.admit(server),
      check: (head) => {
        forks.check(head);
      },
      committed: (head) => {
        forks.saw(head);
      },
    },
  });
  const link = new NatsLink({ url: config.settings.KEYFOLD_NATS_URL, name: 'admin-service', log });
  const comparison = new StreamComparison({
    source: store,
    verifier: keys.verifier,
    alarm,
  });
  const { keyId: logKeyId, name: origin } = keys.signer;
  const forks = new ForkCheck({ source: store, signed: store, origin, logKeyId, comparison, link, alarm, log });
  link.start();
  forks.start();
  return { store, alarm, comparison, forks, link, openUngated: () => new PostgresEventStore(options) };
}

/** Ends what {@link openLog} has begun. */
export async function closeLog({ forks, link, store }: OpenedLog): Promise<void> {
  await forks.stop();
  await store.close();
  await link.close();
}
