import { expect, test } from '@jest/globals';
import { generateCosignerKey, parseCosignerKey } from '../log/index.js';
import {
  decideApproval,
  gatewayEnrolled,
  gatewayEnrolmentChanged,
  type GatewayKeys,
  gatewayKeysAfter,
  gatewayRetired,
  type NewEvent,
  newEventProblem,
  NO_GATEWAY_KEYS,
  readLogEvent,
} from './index.js';

const { verifierKey } = parseCosignerKey(generateCosignerKey('gw-1/2', Buffer.alloc(32, 1)));

test('what is written of gateways is read back, and passed over by those who decide access', () => {
  const enrolled = gatewayEnrolled(verifierKey);
  expect(enrolled).toMatchObject({ stream: 'gateway/gw-1', data: { gatewayId: 'gw-1', process: '2', verifierKey } });
  const changed = gatewayEnrolmentChanged('automatic', 'approved');
  if (changed === null) throw new Error('it has changed');
  for (const event of [enrolled, gatewayRetired('gw-1'), changed]) {
    expect(readLogEvent({ ...event, sealed: {} })).toEqual({
      kind: 'event',
      event: { type: event.type, schemaVersion: 1, data: event.data, sealed: {} },
    });
    expect(newEventProblem(event)).toBeNull();
  }
  expect(gatewayEnrolmentChanged('approved', 'approved')).toBeNull();
});

test('a record that is not in its shape or its stream is invalid; an unknown one is passed over', () => {
  const { data, ...enrolled } = gatewayEnrolled(verifierKey);
  const read = (record: object): string => readLogEvent({ ...enrolled, data, sealed: {}, ...record }).kind;
  expect(read({})).toBe('event');
  expect(read({ data: { ...data, more: 1 } })).toBe('invalid');
  expect(read({ data: { ...data, process: '3' } })).toBe('invalid');
  expect(read({ data: { ...data, gatewayId: 'gw-2' }, stream: 'gateway/gw-2' })).toBe('invalid');
  expect(read({ data: { ...data, verifierKey: verifierKey.slice(1) } })).toBe('invalid');
  expect(read({ stream: 'gateway/gw-2' })).toBe('invalid');
  expect(read({ sealed: { name: 'commitment' } })).toBe('invalid');
  expect(read({ schemaVersion: 2 })).toBe('other');
  expect(read({ stream: 'user/gw-1' })).toBe('other');
});

test('an approval enrols the keys that do not count yet, and never one that was retired', () => {
  const [old, fresh] = [1, 2].map(
    (seed) => parseCosignerKey(generateCosignerKey('gw-1/2', Buffer.alloc(32, seed))).verifierKey,
  );
  const third = parseCosignerKey(generateCosignerKey('gw-1/3', Buffer.alloc(32, 3))).verifierKey;
  if (old === undefined || fresh === undefined) throw new Error('two keys were made');
  const after = (keys: GatewayKeys, ...events: NewEvent[]): GatewayKeys =>
    events.reduce((known, event) => {
      const read = readLogEvent({ ...event, sealed: {} });
      if (read.kind !== 'event') throw new Error(read.kind);
      return gatewayKeysAfter(known, read.event);
    }, keys);
  const approved = decideApproval('gw-1', [old, third], NO_GATEWAY_KEYS);
  expect(approved).toEqual([gatewayEnrolled(old), gatewayEnrolled(third)]);
  const keys = after(NO_GATEWAY_KEYS, ...approved);
  expect(decideApproval('gw-1', [old, third], keys)).toEqual([]);
  expect(decideApproval('gw-1', [fresh, third], keys)).toEqual([gatewayEnrolled(fresh)]);
  // A slot's earlier key may be approved again.
  expect(decideApproval('gw-1', [old], after(keys, gatewayEnrolled(fresh)))).toEqual([gatewayEnrolled(old)]);
  const retired = after(keys, gatewayRetired('gw-1'));
  expect(() => decideApproval('gw-1', [old], retired)).toThrow(expect.objectContaining({ code: 'KEY_RETIRED' }));
  for (const [gatewayId, given] of [
    ['gw-2', [old]],
    ['gw-1', [old, fresh]],
    ['gw-1', ['gw-1/2']],
    ['gw-1', ['']],
  ] as const)
    expect(() => decideApproval(gatewayId, given, NO_GATEWAY_KEYS)).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST' }),
    );
});

test('a key that is not named after a process cannot be enrolled', () => {
  const other = parseCosignerKey(generateCosignerKey('gw-1', Buffer.alloc(32, 1))).verifierKey;
  expect(() => gatewayEnrolled(other)).toThrow(TypeError);
});
