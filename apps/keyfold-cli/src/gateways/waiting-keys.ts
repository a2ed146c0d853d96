import { keyFingerprint } from '@keyfold/domain';
import type { Gateway, GatewayProcess } from './fleet-table.js';

/** A key of a process that an administrator has to approve before it gets a lease. */
export interface WaitingKey {
  readonly gatewayId: string;
  readonly slot: string;
  readonly verifierKey: string;
  readonly fingerprint: string;
  readonly lastSeenAt: string;
}

/** The keys that wait, as processes have shown them. Fingerprints are made here, of the keys themselves. */
export function waitingKeys(gateways: readonly Gateway[]): WaitingKey[] {
  return gateways.flatMap(({ gatewayId, processes }) => processes.flatMap((process) => waiting(gatewayId, process)));
}

function waiting(gatewayId: string, process: GatewayProcess): WaitingKey[] {
  const { lastSeenAt, noLease, slot, verifierKey } = process;
  if (noLease !== 'NOT_APPROVED' || slot === null || verifierKey === null) return [];
  return [{ gatewayId, slot, verifierKey, fingerprint: keyFingerprint(verifierKey), lastSeenAt }];
}

/** A line for each key. */
export function waitingTable(keys: readonly WaitingKey[], now: Date): string {
  if (keys.length === 0) return 'no key waits for approval';
  const nameOf = ({ gatewayId, slot }: WaitingKey): string => `${gatewayId}/${slot}`;
  const width = Math.max(...keys.map((key) => nameOf(key).length));
  const secondsAgo = ({ lastSeenAt }: WaitingKey): number =>
    Math.round((now.getTime() - Date.parse(lastSeenAt)) / 1_000);
  return keys
    .map((key) => `${nameOf(key).padEnd(width)}  ${key.fingerprint}  asked ${secondsAgo(key)} s ago`)
    .join('\n');
}
