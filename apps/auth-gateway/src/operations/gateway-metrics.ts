import { Gauge, type Registry } from 'prom-client';
import type { ProvenAuthorizations } from '../authentication/proven-authorizations.js';
import type { Argon2Gate } from '../credentials/argon2-gate.js';
import type { GatewayFacts } from '../facts/gateway-facts.js';
import type { Freshness } from '../freshness/freshness.js';
import type { Projector } from '../projection/projector.js';
import type { UseRecorder } from '../use/use-recorder.js';

/** What the gauges look at when somebody asks. */
export interface MeasuredParts {
  readonly facts: GatewayFacts;
  readonly freshness: Freshness;
  readonly projector: Projector;
  readonly argon2: Argon2Gate;
  readonly proven: ProvenAuthorizations;
  readonly uses: UseRecorder;
}

/** Registers the gauges of everything but decisions. */
export function registerGauges(registry: Registry, parts: MeasuredParts): void {
  const { argon2, facts, freshness, projector, proven, uses } = parts;
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name: `keyfold_gateway_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  gauge('applied_position', 'Position of the last record that decisions are made on.', () => facts.appliedSize);
  gauge('known_head_position', 'Size of the newest signed head that was verified.', () => freshness.knownHeadSize);
  gauge('lag_events', 'Records of the newest known head that are not applied yet.', () =>
    Math.max(0, freshness.knownHeadSize - facts.appliedSize),
  );
  gauge('lease_remaining_seconds', 'How long answers may still say allowed; 0 without a lease.', () =>
    Math.max(0, finite(freshness.lease.endsAtMs - freshness.hostClock.nowMs()) / 1_000),
  );
  gauge('projector_stopped', '1 if the projector has met what it does not know and does not go on.', () =>
    projector.stopped === null ? 0 : 1,
  );
  gauge('unusable_records', 'Records with invalid data met since the start.', () => projector.unusableRecords);
  gauge('cached_keys', 'Keys in memory.', () => facts.sizes.keys);
  gauge('cached_users', 'Users in memory.', () => facts.sizes.users);
  gauge('cached_proofs', 'Authorization values that are recognised.', () => proven.size);
  gauge('argon2_running', 'Argon2 computations under way.', () => argon2.running);
  gauge('argon2_queued', 'Requests that wait for an Argon2 computation.', () => argon2.queued);
  gauge('argon2_runs', 'Argon2 computations since the start.', () => argon2.runs);
  gauge('uses_waiting', 'Keys whose last use the admin-service has not heard of yet.', () => uses.waiting);
  gauge('uses_dropped', 'Keys whose use was never reported, since too many waited.', () => uses.dropped);
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}
