import { expect, test } from '@jest/globals';
import { cosignatureLine, generateCosignerKey, parseCosignerKey, parseCosignerVerifierKey } from '../log/index.js';
import { isGatewayId, isSignedRelease, isSlot, parseProcessName, processName, signRelease } from './index.js';

const key = (name: string, seed: number): string => generateCosignerKey(name, Buffer.alloc(32, seed));
const process = parseCosignerKey(key('gw-1/0', 1));
const verifier = parseCosignerVerifierKey(process.verifierKey);
const release = { origin: 'log.example', incarnation: 'i-1', nonce: 'n-1' };

test('a release is by the process, of one incarnation, in one request, at one log', () => {
  const signature = signRelease(release, process);
  expect(isSignedRelease(release, signature, verifier)).toBe(true);
  for (const other of [{ origin: 'log.other' }, { incarnation: 'i-2' }, { nonce: 'n-2' }])
    expect(isSignedRelease({ ...release, ...other }, signature, verifier)).toBe(false);
  const stranger = parseCosignerVerifierKey(parseCosignerKey(key('gw-1/0', 2)).verifierKey);
  expect(isSignedRelease(release, signature, stranger)).toBe(false);
});

test('the same key under another name signs another release', () => {
  const renamed = parseCosignerVerifierKey(parseCosignerKey(key('gw-1/1', 1)).verifierKey);
  expect(isSignedRelease(release, signRelease(release, process), renamed)).toBe(false);
});

test('no line can be moved from one part of a release to the next', () => {
  const signature = signRelease({ ...release, incarnation: 'a\nb', nonce: 'c' }, process);
  expect(isSignedRelease({ ...release, incarnation: 'a', nonce: 'b\nc' }, signature, verifier)).toBe(false);
});

test('a cosignature is no release', () => {
  const line = cosignatureLine('log.example\n1\nroot\n', process, 1_700_000_000).trimEnd().split(' ')[2] ?? '';
  expect(isSignedRelease(release, Buffer.from(line, 'base64').subarray(12), verifier)).toBe(false);
});

test('a process is named by its gateway and slot', () => {
  expect(parseProcessName(processName('gw-1', '17'))).toEqual({ gatewayId: 'gw-1', slot: '17' });
  for (const name of ['gw-1', 'gw-1/', '/0', 'gw-1/0/0', 'gw-1/00', 'gw-1/-1', 'gw-1/10000', 'gw 1/0', '.gw/0'])
    expect(parseProcessName(name)).toBeNull();
  expect([isGatewayId('a'.repeat(40)), isGatewayId('a'.repeat(41)), isGatewayId('')]).toEqual([true, false, false]);
  expect([isSlot('9999'), isSlot('10000'), isSlot('1.0'), isSlot('')]).toEqual([true, false, false, false]);
});
