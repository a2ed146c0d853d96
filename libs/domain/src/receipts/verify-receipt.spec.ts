import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { lineOf, SampleLog, sampleReceipts, type SampleRow } from '@keyfold/testing/receipts/sample-receipts';
import { verifyIndependently } from '@keyfold/testing/receipts/second-verifier';
import { generateSignerKey, parseSignerKey, parseVerifierKey } from '../log/index.js';
import { buildReceipt, type ReceiptRefusal, type ReceiptVerdict, verifyReceipt } from './index.js';
import { signStatement } from './statement.js';

const { keys, log } = sampleReceipts();
const [first, second] = keys;
if (first === undefined || second === undefined) throw new Error('there are three receipts');
const logKey = parseVerifierKey(log.signer.verifierKey);

const verdictOf = (file: string, expectKey?: string, gateways?: readonly string[]): ReceiptVerdict =>
  verifyReceipt(file, {
    logKey,
    ...(expectKey === undefined ? {} : { expectKey }),
    ...(gateways === undefined ? {} : { gateways }),
  });

const reasonOf = (verdict: ReceiptVerdict): string => (verdict.isGenuine ? '' : verdict.reason);

/** Refused by both verifiers. */
function expectRefused(file: string, expectKey?: string): void {
  expect(() => {
    verifyIndependently(file, log.signer.verifierKey, expectKey);
  }).toThrow();
  expect(reasonOf(verdictOf(file, expectKey))).toMatch(/\S/);
}

function expectRefusedFor(file: string, code: ReceiptRefusal): void {
  expect(verdictOf(file)).toMatchObject({ isGenuine: false, code });
}

interface Json {
  format: string;
  position: number;
  leaf: string;
  enrolments: { leaf: string; inclusion: { leafIndex: number; treeSize: number; hashes: string[] } }[];
  proofs: { checkpoint: string; inclusion: { leafIndex: number; treeSize: number; hashes: string[] } }[];
  statement: string;
}
const parsed = (file: string): Json => JSON.parse(file) as Json;
const changed = (file: string, change: (receipt: Json) => unknown): string => {
  const receipt = parsed(file);
  change(receipt);
  return JSON.stringify(receipt);
};

describe('an honest receipt', () => {
  test('says position, record, key, and how each process stands', () => {
    const verdict = verdictOf(first.file, 'keyA');
    if (!verdict.isGenuine) throw new Error(verdict.reason);
    const { confirmedAt, keyId, origin, position, processes, record } = verdict;
    expect({ keyId, origin, position, type: record.type }).toEqual({
      keyId: 'keyA',
      origin: 'keyfold.local/sample',
      position: 4,
      type: 'ApiKeyRevoked',
    });
    expect(processes.map(({ by, gatewayId, size, slot }) => [gatewayId, slot, by, size])).toEqual([
      ['gw-1', '0', 'applied', 8],
      ['gw-1', '1', 'applied', 4],
      ['gw-2', '0', 'applied', 8],
      ['gw-3', '0', 'lease-ended', null],
    ]);
    expect(processes[0]?.verifierKey).toBe(log.keyOf('gw-1', '0').verifierKey);
    expect(processes[0]?.cosignedAtSeconds).toBe(Date.UTC(2026, 0, 1) / 1_000 + 8);
    expect(confirmedAt).toBe('2026-01-01T01:00:00.003Z');
  });

  test('is accepted by both verifiers, whatever the fleet', () => {
    const row = fc.record({
      gatewayId: fc.constantFrom('a', 'b', 'gw-3', 'Gw_4.x'),
      slot: fc.constantFrom('0', '1', '63'),
      ahead: fc.option(fc.nat(40)),
    });
    const fleet = fc.record({
      rows: fc.array(row, { maxLength: 8 }),
      before: fc.nat(5),
      olderPeer: fc.boolean(),
      reenrols: fc.boolean(),
    });
    fc.assert(
      fc.property(fleet, ({ before, olderPeer, reenrols, rows }) => {
        const own = new SampleLog('log.example', 9);
        for (let nth = 0; nth < before; nth += 1) own.revoke(`before${nth}`);
        for (const { gatewayId, slot } of rows) own.enrol(gatewayId, slot);
        const position = own.revoke('keyX');
        for (let nth = 0; nth < 41; nth += 1) own.revoke(`after${nth}`);
        if (reenrols && rows[0] !== undefined) own.enrol(rows[0].gatewayId, rows[0].slot);
        const lines: SampleRow[] = rows.map(({ ahead, ...process }) => ({
          ...process,
          cosignedSize: ahead === null ? null : position + ahead,
        }));
        if (olderPeer) lines.push({ gatewayId: 'old', slot: '-', cosignedSize: null });
        const file = own.receipt(position, lines);
        const verdict = verifyReceipt(file, { logKey: parseVerifierKey(own.signer.verifierKey), expectKey: 'keyX' });
        expect(verdict).toMatchObject({ isGenuine: true, position, keyId: 'keyX' });
        verifyIndependently(file, own.signer.verifierKey, 'keyX');
      }),
      { numRuns: 60 },
    );
  });

  test('may be formatted by whoever passes it on', () => {
    for (const file of [first.file.trimEnd(), JSON.stringify(parsed(first.file), null, 2)])
      expect(verdictOf(file).isGenuine).toBe(true);
  });

  test('of a write that no gateway could have missed names none', () => {
    const verdict = verdictOf(log.receipt(4, []));
    expect(verdict).toMatchObject({ isGenuine: true, processes: [], confirmedAt: null });
  });

  test('may have cosignatures of more processes than a note of a log has witnesses', () => {
    const own = new SampleLog();
    const rows = Array.from({ length: 150 }, (_, nth) => ({ gatewayId: `gw-${nth}`, slot: '0' }));
    for (const { gatewayId, slot } of rows) own.enrol(gatewayId, slot);
    const position = own.revoke('keyX');
    const file = own.receipt(
      position,
      rows.map((row) => ({ ...row, cosignedSize: position })),
    );
    expect(verdictOf(file)).toMatchObject({ isGenuine: true });
  });
});

describe('an altered receipt is refused', () => {
  test('with any one character changed', () => {
    const at = fc.nat(first.file.length - 2);
    const other = fc.constantFrom('A', 'B', '0', '1', '=', '+', ' ', '"', 'x', '\\');
    fc.assert(
      fc.property(at, other, (index, char) => {
        fc.pre(first.file[index] !== char);
        const file = first.file.slice(0, index) + char + first.file.slice(index + 1);
        // An added space between tokens changes nothing, but here it takes the place of a token.
        expectRefused(file, 'keyA');
      }),
      { numRuns: 600 },
    );
  });

  test('cut off anywhere', () => {
    for (let length = 0; length < first.file.length - 1; length += 17) expectRefused(first.file.slice(0, length));
  });

  test.each<[string, (receipt: Json) => unknown]>([
    ['without a proof that a line needs', ({ proofs }) => proofs.pop()],
    ['without the first proof', ({ proofs }) => proofs.shift()],
    ['without any proof', (receipt) => (receipt.proofs = [])],
    ['with a proof twice', ({ proofs }) => proofs[0] !== undefined && proofs.unshift(proofs[0])],
    ['with the proofs in another order', ({ proofs }) => proofs.reverse()],
    ['without an enrolment', ({ enrolments }) => enrolments.pop()],
    ['with an enrolment twice', ({ enrolments }) => enrolments[0] !== undefined && enrolments.push(enrolments[0])],
    ['without any enrolment', (receipt) => (receipt.enrolments = [])],
    ['with a member more', (receipt) => Object.assign(receipt, { note: 'x' })],
    ['with a member more in a proof', ({ proofs }) => Object.assign(proofs[0] ?? {}, { note: 'x' })],
    ['of another format', (receipt) => (receipt.format = 'keyfold-receipt/2')],
    ['of another position', (receipt) => (receipt.position += 1)],
    ['with its position as text', (receipt) => Object.assign(receipt, { position: String(receipt.position) })],
    ...(['proofs', 'enrolments'] as const).flatMap((part): [string, (receipt: Json) => unknown][] =>
      [0, 1].flatMap((nth): [string, (receipt: Json) => unknown][] => {
        const inclusion = (receipt: Json): { leafIndex: number; treeSize: number; hashes: string[] } =>
          receipt[part][nth]?.inclusion ?? { leafIndex: 0, treeSize: 0, hashes: [] };
        return [
          [`with a hash fewer in ${part} ${nth}`, (receipt) => inclusion(receipt).hashes.pop()],
          [`with a hash more in ${part} ${nth}`, (receipt) => inclusion(receipt).hashes.push('A'.repeat(43) + '=')],
          [`with another index in ${part} ${nth}`, (receipt) => (inclusion(receipt).leafIndex += 1)],
          [`with another size in ${part} ${nth}`, (receipt) => (inclusion(receipt).treeSize += 1)],
        ];
      }),
    ),
  ])('%s', (_what, change) => {
    expectRefused(changed(first.file, change));
  });

  test('with a signature line fewer, more or twice', () => {
    const receipt = parsed(first.file);
    receipt.proofs.forEach(({ checkpoint }, nth) => {
      const head = checkpoint.slice(0, checkpoint.indexOf('\n\n') + 2);
      const lines = checkpoint.slice(head.length, -1).split('\n');
      const alter = (altered: readonly string[]): void => {
        const note = `${head}${altered.join('\n')}\n`;
        expectRefused(changed(first.file, ({ proofs }) => Object.assign(proofs[nth] ?? {}, { checkpoint: note })));
      };
      lines.forEach((line, at) => {
        alter(lines.toSpliced(at, 1));
        alter([...lines, line]);
      });
      const stranger = new SampleLog('other.example', 2);
      stranger.enrol('gw-1', '0', 900);
      const [, , foreign = ''] =
        log
          .checkpoint(8, [stranger.keyOf('gw-1', '0')])
          .split('\n\n')[1]
          ?.split('\n') ?? [];
      alter([...lines, foreign]);
    });
  });

  test('with a member twice', () => {
    const twice = first.file.replace('"position":4', '"position":4,"position":4');
    expectRefusedFor(twice, 'MALFORMED');
  });
});

test('mixed from two receipts, or from two logs, is refused', () => {
  const strange = new SampleLog('keyfold.local/sample', 2);
  strange.enrol('gw-1', '0');
  const foreign = strange.receipt(strange.revoke('keyA'), [{ gatewayId: 'gw-1', slot: '0', cosignedSize: 2 }]);
  let mixed = 0;
  for (const [base, other] of [
    [first.file, second.file],
    [second.file, first.file],
    [first.file, foreign],
  ] as const) {
    const names = ['position', 'leaf', 'enrolments', 'proofs', 'statement'] as const;
    // Each choice of members from the other receipt, but none and all of them.
    for (let choice = 1; choice < 2 ** names.length - 1; choice += 1) {
      const taken = names.filter((_, at) => (choice >> at) % 2 === 1);
      const file = changed(base, (receipt) => {
        for (const name of taken) Object.assign(receipt, { [name]: parsed(other)[name] });
      });
      expectRefused(file);
      mixed += 1;
    }
  }
  expect(mixed).toBe(90);
});

test("another key's receipt is refused where a key is expected", () => {
  for (const { file, keyId } of keys)
    for (const { keyId: expected } of keys) {
      expect(verdictOf(file, expected).isGenuine).toBe(keyId === expected);
      if (keyId !== expected) expectRefused(file, expected);
    }
  expect(verdictOf(first.file, 'keyB')).toEqual({
    isGenuine: false,
    code: 'KEY',
    reason: 'the record concerns the key keyA, not the key keyB',
  });
  expectRefused(log.receipt(1, []), 'keyA');
});

describe("what is not the log's word is refused", () => {
  const forger = parseSignerKey(generateSignerKey(log.signer.name, Buffer.alloc(32, 77)));

  test.each<[string, ReceiptRefusal, (receipt: Json) => unknown]>([
    [
      'a statement under another key',
      'STATEMENT',
      (receipt) => (receipt.statement = signStatement({ origin: forger.name, position: 4, lines: [] }, forger)),
    ],
    [
      'a checkpoint under another key',
      'CHECKPOINT',
      ({ proofs }) => Object.assign(proofs[1] ?? {}, { checkpoint: log.checkpoint(4, [], forger) }),
    ],
  ])('%s', (_what, code, change) => {
    const file = changed(first.file, change);
    expectRefused(file);
    expectRefusedFor(file, code);
  });
});

describe('a log that lies without the processes is refused', () => {
  const parts = (rows: readonly SampleRow[]): Parameters<typeof buildReceipt>[0] => ({
    position: 4,
    leaf: log.leaf(4),
    proofs: [log.proof(4, 8, [{ gatewayId: 'gw-1', slot: '0', cosignedSize: 8 }])],
    enrolments: [log.enrolment(1, 8)],
    lines: rows.map(lineOf),
  });
  const own = { gatewayId: 'gw-1', slot: '0', cosignedSize: 8 };

  test('the honest one passes', () => {
    expect(verdictOf(buildReceipt(parts([own]), log.signer)).isGenuine).toBe(true);
  });

  test.each<[string, ReceiptRefusal, Partial<Parameters<typeof buildReceipt>[0]>]>([
    ['applied without a cosignature', 'COSIGNATURE', { proofs: [log.proof(4, 8, [])] }],
    ['applied without an enrolment', 'COSIGNATURE', { enrolments: [] }],
    ['applied in a tree that was not cosigned', 'COSIGNATURE', { lines: [lineOf({ ...own, cosignedSize: 9 }, 0)] }],
    [
      'applied by the cosignature of a sibling',
      'COSIGNATURE',
      {
        enrolments: [1, 2].map((at) => log.enrolment(at, 8)),
        lines: ['0', '1'].map((slot, nth) => lineOf({ ...own, slot }, nth)),
      },
    ],
    [
      'an enrolment of a process that has no line',
      'ENROLMENT',
      { enrolments: [1, 2].map((at) => log.enrolment(at, 8)) },
    ],
    ['an enrolment that enrols nothing', 'ENROLMENT', { enrolments: [1, 5].map((at) => log.enrolment(at, 8)) }],
    ['a tree from before the record', 'CHECKPOINT', { proofs: [{ ...log.proof(3, 3, []) }] }],
    ['an enrolment outside the largest tree', 'INCLUSION', { enrolments: [log.enrolment(1, 9)] }],
  ])('%s', (_what, code, lie) => {
    const file = buildReceipt({ ...parts([own]), ...lie }, log.signer);
    expectRefused(file);
    expectRefusedFor(file, code);
  });

  test('one key for two processes', () => {
    const liar = new SampleLog();
    liar.enrol('gw-1', '0', 5);
    liar.enrol('gw-2', '0', 5);
    const position = liar.revoke('keyA');
    const rows = ['gw-1', 'gw-2'].map((gatewayId) => ({ gatewayId, slot: '0', cosignedSize: position }));
    expectRefusedFor(liar.receipt(position, rows), 'ENROLMENT');
  });
});

describe('pinned keys of the gateways', () => {
  const pins = [
    ['gw-1', '0'],
    ['gw-1', '1'],
    ['gw-2', '0'],
  ].map(([gatewayId = '', slot = '']) => log.keyOf(gatewayId, slot).verifierKey);
  const stranger = new SampleLog('other.example', 2);
  stranger.enrol('gw-1', '0', 900);
  stranger.enrol('gw-9', '0');

  test('agree with an honest receipt', () => {
    expect(verdictOf(first.file, undefined, pins).isGenuine).toBe(true);
  });

  test.each([
    ['another key of a process', [stranger.keyOf('gw-1', '0').verifierKey, ...pins.slice(1)], /gw-1\/0 is not one of/],
    ['no key of a process', pins.slice(1), /gw-1\/0 is not one of the pinned keys/],
    ['a process that is left out', [...pins, stranger.keyOf('gw-9', '0').verifierKey], /does not name .* gw-9\/0/],
  ])('refuse a receipt with %s', (_what, pinned, reason) => {
    const verdict = verdictOf(first.file, undefined, pinned);
    expect(verdict).toMatchObject({ isGenuine: false, code: 'GATEWAYS' });
    expect(reasonOf(verdict)).toMatch(reason);
  });
});
