import { type FeatureDocs, operation, operationsOf } from '../../http/api-docs.js';
import type { GatewaysController } from './gateways.controller.js';

const shared = {
  appliedPosition: 'Position of the log up to which it has applied all records.',
  lagEvents: 'Records of the log that it has not applied yet.',
  leaseUntil: 'Until when it may answer "allowed" without a new head; null if it has no lease.',
  lastSeenAt: 'Its last request for a head.',
  version: 'Its version, as it reports it; null if it does not.',
};

export const gatewaysDocs: FeatureDocs = {
  tag: { name: 'Gateways', description: 'The processes that decide on traffic.' },
  operations: operationsOf<GatewaysController>('Gateways', {
    list: operation('listGateways', 'List gateways and their processes'),
    approve: operation('approveGateway', 'Approve the keys of gateway processes', ['KEY_RETIRED', 'VERSION_CONFLICT']),
    retire: operation('retireGateway', 'Retire a gateway', ['NOT_FOUND', 'LEASE_RUNNING', 'VERSION_CONFLICT'], {
      notes: 'The keys of its processes are never accepted again.',
    }),
  }),
  members: {
    Gateway: {
      ...shared,
      gatewayId: 'Its id, as configured.',
      processes: 'Its processes whose lease may run, or that have asked within the last minute.',
    },
    GatewayProcess: {
      ...shared,
      slot: 'Number of the worker, from 0; null for an older process.',
      incarnation: 'Random id of this run of the process.',
      verifierKey: 'Its public key, a C2SP verifier key; null for an older process.',
      fingerprint: 'SHA-256 of that key, as the process logs it, to compare by eye; null without a key.',
      enrolled: 'Whether the key is enrolled and accepted.',
      noLease: 'Why its last request got no lease, as a code; null if it got one.',
    },
    ProcessApproval: { verifierKeys: 'Public keys of processes as the list of gateways shows them.' },
    ApprovedProcesses: { gatewayId: 'Id of the gateway.', verifierKeys: 'Keys that are now approved.' },
  },
};
