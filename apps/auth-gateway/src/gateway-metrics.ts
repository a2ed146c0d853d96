import { type Aggregator, Counter, Gauge, type Registry } from 'prom-client';
import { createMetricsRegistry } from '@keyfold/service-kit';
import type { GatewayParts } from './gateway-parts.js';

/** A number that is kept elsewhere and read when somebody asks. */
interface Reading {
  /** Without the prefix that all have. */
  readonly name: string;
  readonly help: string;
  /**
   * How the processes of one gateway make one number of theirs; what counts is the one that is worst off, else the sum.
   */
  readonly aggregator: Aggregator;
  /** By value of the label where there is one. */
  readonly read: () => number | Readonly<Record<string, number>>;
  readonly label?: string;
}

/** Everything that `/metrics` says of a gateway process. Neither user names nor key ids are labels. */
export function gatewayMetrics(parts: GatewayParts): Registry {
  const registry = createMetricsRegistry();
  parts.counts.register(registry);
  parts.durations.register(registry);
  for (const reading of [...freshnessGauges(parts), ...leaseGauges(parts), ...cacheGauges(parts), ...loadGauges(parts)])
    registerGauge(registry, reading);
  for (const reading of [...counters(parts), ...auditCounters(parts)]) registerCounter(registry, reading);
  return registry;
}

function freshnessGauges({ audit, facts, freshness, projector }: GatewayParts): Reading[] {
  return [
    {
      name: 'applied_position',
      help: 'Position of the last record that decisions are made on.',
      aggregator: 'min',
      read: () => facts.appliedSize,
    },
    {
      name: 'known_head_position',
      help: 'Size of the newest signed head that was verified.',
      aggregator: 'max',
      read: () => freshness.knownHeadSize,
    },
    {
      name: 'lag_events',
      help: 'Records of the newest known head that are not applied yet.',
      aggregator: 'max',
      read: () => Math.max(0, freshness.knownHeadSize - facts.appliedSize),
    },
    {
      name: 'projector_stopped',
      help: '1 if the projector has met what it does not know and does not go on.',
      aggregator: 'max',
      read: () => (projector.stopped === null ? 0 : 1),
    },
    {
      name: 'projection_rows_distrusted',
      help: 'Rows that differ from the log and have not been put right yet; what they concern is refused.',
      aggregator: 'max',
      read: () => facts.distrustedStreams.length,
    },
    {
      name: 'projection_audit_age_seconds',
      help: 'Since some of the rows were last compared with the log, or since the start.',
      aggregator: 'max',
      read: () => audit.ageSeconds,
    },
  ];
}

function leaseGauges({ freshness, leaseProcess }: GatewayParts): Reading[] {
  return [
    {
      name: 'lease_remaining_seconds',
      help: 'How long answers may still say allowed; 0 without a lease.',
      aggregator: 'min',
      read: () => Math.max(0, finite(freshness.lease.endsAtMs - freshness.hostClock.nowMs()) / 1_000),
    },
    {
      name: 'processes_without_lease',
      help: 'Processes that may allow nothing, by the reason.',
      aggregator: 'sum',
      label: 'reason',
      read: () => (freshness.noLease === null ? {} : { [freshness.noLease.code]: 1 }),
    },
    {
      name: 'cosigned_position',
      help: 'Size of the newest checkpoint that this process has cosigned: what receipts can say of it.',
      aggregator: 'min',
      read: () => leaseProcess.cosignedSize,
    },
  ];
}

function cacheGauges({ facts, proven }: GatewayParts): Reading[] {
  return [
    {
      name: 'cache_entries',
      help: 'What is held in memory: keys, users, and Authorization values that are recognised.',
      aggregator: 'sum',
      label: 'cache',
      read: () => ({ keys: facts.sizes.keys, users: facts.sizes.users, authorizations: proven.size }),
    },
  ];
}

function loadGauges({ argon2, open, uses }: GatewayParts): Reading[] {
  return [
    {
      name: 'argon2_running',
      help: 'Argon2 computations under way.',
      aggregator: 'sum',
      read: () => argon2.running,
    },
    {
      name: 'argon2_queued',
      help: 'Requests that wait for an Argon2 computation.',
      aggregator: 'sum',
      read: () => argon2.queued,
    },
    {
      name: 'uses_waiting',
      help: 'Keys whose last use the admin-service has not heard of yet.',
      aggregator: 'sum',
      read: () => uses.waiting,
    },
    {
      name: 'proxy_connections_open',
      help: 'Requests that the reverse proxy has under way, and connections that it has upgraded.',
      aggregator: 'sum',
      label: 'kind',
      read: () => ({ request: open.requests, upgraded: open.upgraded }),
    },
  ];
}

function counters({ argon2, loader, open, projector, proven, uses }: GatewayParts): Reading[] {
  return [
    {
      name: 'argon2_runs_total',
      help: 'Argon2 computations begun.',
      aggregator: 'sum',
      read: () => argon2.runs,
    },
    {
      name: 'argon2_refusals_total',
      help: 'Computations that were refused, since too many were under way and waiting.',
      aggregator: 'sum',
      read: () => argon2.refusals,
    },
    {
      name: 'cache_hits_total',
      help: 'Look-ups that found what they looked for in memory.',
      aggregator: 'sum',
      label: 'cache',
      read: () => ({ authorizations: proven.hits, keys: loader.hits }),
    },
    {
      name: 'cache_misses_total',
      help: 'Look-ups that did not: the credentials were taken apart and proven, the key was read from the tables.',
      aggregator: 'sum',
      label: 'cache',
      read: () => ({ authorizations: proven.misses, keys: loader.misses }),
    },
    {
      name: 'proxy_refusals_total',
      help: 'What the reverse proxy turned away: too much was open, for the key or for all together.',
      aggregator: 'sum',
      label: 'limit',
      read: () => ({ key: open.refusedForKey, all: open.refusedForAll }),
    },
    {
      name: 'unusable_records_total',
      help: 'Records with invalid data; what they concern is unusable.',
      aggregator: 'max',
      read: () => projector.unusableRecords,
    },
    {
      name: 'uses_dropped_total',
      help: 'Keys whose use was never reported, since too many waited.',
      aggregator: 'sum',
      read: () => uses.dropped,
    },
  ];
}

function auditCounters({ audit }: GatewayParts): Reading[] {
  return [
    {
      name: 'projection_compared_total',
      help: 'Settings, roles, users and keys that were compared with the log.',
      aggregator: 'sum',
      read: () => audit.compared,
    },
    {
      name: 'projection_differences_total',
      help: 'Rows, and facts in memory, that were another thing than the log says.',
      aggregator: 'sum',
      read: () => audit.differences,
    },
  ];
}

function registerGauge(registry: Registry, { aggregator, help, label, name, read }: Reading): void {
  new Gauge({
    name: `keyfold_gateway_${name}`,
    help,
    aggregator,
    labelNames: label === undefined ? [] : [label],
    registers: [registry],
    collect() {
      const value = read();
      // A value of the label that is gone must not stay.
      if (label !== undefined) this.reset();
      if (typeof value === 'number') this.set(value);
      else for (const [of, each] of Object.entries(value)) this.set({ [label ?? '']: of }, each);
    },
  });
}

function registerCounter(registry: Registry, { aggregator, help, label, name, read }: Reading): void {
  new Counter({
    name: `keyfold_gateway_${name}`,
    help,
    aggregator,
    labelNames: label === undefined ? [] : [label],
    registers: [registry],
    collect() {
      this.reset();
      const value = read();
      if (typeof value === 'number') this.inc(value);
      else for (const [of, each] of Object.entries(value)) this.inc({ [label ?? '']: of }, each);
    },
  });
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}
