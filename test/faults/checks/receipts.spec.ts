import { beforeEach, expect, test } from '@jest/globals';
import { sampleReceipts } from '@keyfold/testing/receipts/sample-receipts';
import { problemsOfReceipts, type ReadReceipt } from './receipts.js';

let receipt: ReadReceipt;
let publicKey: string;

beforeEach(() => {
  const { keys, log } = sampleReceipts();
  const [first] = keys;
  publicKey = log.signer.verifierKey;
  receipt = {
    label: 'revoke',
    position: first?.position ?? 0,
    status: 200,
    file: first?.file ?? '',
    mustName: ['gw-1/0', 'gw-1/1', 'gw-2/0', 'gw-3/0'],
  };
});

test('a receipt that names every process is right', () => {
  expect(problemsOfReceipts([receipt], publicKey)).toEqual([]);
});

test.each<[string, (right: ReadReceipt) => ReadReceipt]>([
  ['one that is not there', (right) => ({ ...right, status: 409, file: '{}' })],
  ['one that leaves out a process', (right) => ({ ...right, mustName: [...right.mustName, 'gw-3/1'] })],
  ['one of another write', (right) => ({ ...right, position: right.position + 1 })],
  ['one that was changed', (right) => ({ ...right, file: right.file.replace('gw-3', 'gw-4') })],
])('finds %s', (_name, spoil) => {
  expect(problemsOfReceipts([spoil(receipt)], publicKey)).not.toEqual([]);
});
