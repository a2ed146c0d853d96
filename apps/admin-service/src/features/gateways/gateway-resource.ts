import { z } from 'zod';
import { keyFingerprint } from '@keyfold/domain';
import { Instant } from '../../http/fields.js';

export const GatewayProcessResource = z
  .object({
    slot: z.string().nullable(),
    incarnation: z.string(),
    verifierKey: z.string().nullable(),
    fingerprint: z.string().nullable(),
    enrolled: z.boolean(),
    noLease: z.string().nullable(),
    appliedPosition: z.int(),
    lagEvents: z.int(),
    leaseUntil: Instant.nullable(),
    lastSeenAt: Instant,
    version: z.string().nullable(),
  })
  .meta({ id: 'GatewayProcess' });

export const GatewayResource = z
  .object({
    gatewayId: z.string(),
    processes: z.array(GatewayProcessResource),
    appliedPosition: z.int(),
    lagEvents: z.int(),
    leaseUntil: Instant.nullable(),
    lastSeenAt: Instant,
    version: z.string().nullable(),
  })
  .meta({ id: 'Gateway' });
export type GatewayResource = z.output<typeof GatewayResource>;
type GatewayProcessResource = z.output<typeof GatewayProcessResource>;

/** A lease row as it is listed. */
export interface ListedProcess {
  readonly slot: string | null;
  readonly incarnation: string;
  readonly verifier_key: string | null;
  readonly is_enrolled: boolean;
  readonly no_lease: string | null;
  readonly applied_position: number;
  readonly lease_until: string | null;
  readonly seen_at: string;
  readonly version: string | null;
  readonly is_listed: boolean;
}

/** @param rows of all its processes, those that have ended included */
export function gatewayResource(gatewayId: string, rows: readonly ListedProcess[], headSize: number): GatewayResource {
  const listed = rows.filter(({ is_listed }) => is_listed);
  const processes = listed.map((row) => processResource(row, headSize));
  // Of a gateway without any process left, what its last one had applied.
  const appliedPosition =
    processes.length > 0
      ? Math.min(...processes.map((process) => process.appliedPosition))
      : Math.max(...rows.map((row) => row.applied_position));
  const bySight = rows.toSorted((left, right) => Date.parse(right.seen_at) - Date.parse(left.seen_at));
  const leases = processes.flatMap(({ leaseUntil }) => (leaseUntil === null ? [] : [leaseUntil]));
  return {
    gatewayId,
    processes,
    appliedPosition,
    lagEvents: Math.max(0, headSize - appliedPosition),
    leaseUntil: leases.toSorted().at(-1) ?? null,
    lastSeenAt: new Date(bySight[0]?.seen_at ?? 0).toISOString(),
    version: bySight[0]?.version ?? null,
  };
}

function processResource(row: ListedProcess, headSize: number): GatewayProcessResource {
  return {
    slot: row.slot,
    incarnation: row.incarnation,
    verifierKey: row.verifier_key,
    fingerprint: row.verifier_key === null ? null : keyFingerprint(row.verifier_key),
    enrolled: row.is_enrolled,
    noLease: row.no_lease,
    appliedPosition: row.applied_position,
    lagEvents: Math.max(0, headSize - row.applied_position),
    leaseUntil: row.lease_until === null ? null : new Date(row.lease_until).toISOString(),
    lastSeenAt: new Date(row.seen_at).toISOString(),
    version: row.version,
  };
}
