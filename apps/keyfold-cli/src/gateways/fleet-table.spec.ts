import { expect, test } from '@jest/globals';
import { fleetTable, type Gateway } from './fleet-table.js';

const now = new Date('2026-01-01T00:01:00.000Z');
const process = {
  slot: '0',
  verifierKey: null,
  enrolled: true,
  noLease: null,
  appliedPosition: 41,
  lagEvents: 1,
  leaseUntil: '2026-01-01T00:01:50.000Z',
  lastSeenAt: '2026-01-01T00:00:59.000Z',
  version: '1.2.0',
};
const gateway = (gatewayId: string, processes: Gateway['processes']): Gateway => ({
  gatewayId,
  processes,
  appliedPosition: 40,
  lagEvents: 2,
  leaseUntil: null,
  lastSeenAt: '2026-01-01T00:00:00.000Z',
  version: null,
});

test('a line for each process, with what keeps it from a lease', () => {
  const waiting = { ...process, slot: '1', leaseUntil: null, noLease: 'NOT_APPROVED' };
  const older = { ...process, slot: null, version: null };
  const table = fleetTable([gateway('gw-1', [process, waiting]), gateway('gw-2', [older]), gateway('gw-3', [])], now);
  expect(table.split('\n')).toEqual([
    'process               applied  lag  lease               seen      version',
    'gw-1/0                41       1    50 s                1 s ago   1.2.0',
    'gw-1/1                41       1    none: NOT_APPROVED  1 s ago   1.2.0',
    'gw-2 (older version)  41       1    50 s                1 s ago   -',
    'gw-3                  40       2    no process          60 s ago  -',
  ]);
});

test('an empty fleet is said in words', () => {
  expect(fleetTable([], now)).toBe('no gateways');
});
