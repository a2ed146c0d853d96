import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAX_FURTHER_ENROLMENTS_AN_HOUR, MAX_SLOTS_ENROLLED_AN_HOUR } from './enrolment.js';
import {
  type EnrolledWithinHour,
  enrolmentRoomAtMs,
  type EnrolmentVerdict,
  enrolmentVerdict,
  MAX_ENROLMENTS_AN_HOUR,
  type RecentEnrolment,
  type SlotFacts,
} from './index.js';

const none: EnrolledWithinHour = { all: 0, gateway: 0, slot: 0, slots: 0 };

const free: SlotFacts = {
  enrolment: 'automatic',
  current: null,
  isKeyRetired: false,
  isSlotTaken: false,
  enrolledWithinHour: none,
};
const mine = { verifierKey: 'mine', position: 7 };
const other = { verifierKey: 'other', position: 8 };
const verdict = (facts: Partial<SlotFacts>, isProven = true): EnrolmentVerdict =>
  enrolmentVerdict({ verifierKey: 'mine', isProven }, { ...free, ...facts });
const reason = (facts: Partial<SlotFacts>, isProven = true): string | null => {
  const found = verdict(facts, isProven);
  return found.kind === 'none' ? found.reason : null;
};

test('a key that is the slot’s counts by its record, proven in this request or not', () => {
  expect(verdict({ current: mine }, false)).toEqual({ kind: 'enrolled', position: 7 });
  expect(verdict({ current: mine, enrolment: 'approved', enrolledWithinHour: { ...none, all: 9_999 } })).toEqual({
    kind: 'enrolled',
    position: 7,
  });
});

test('a new key is enrolled where that is automatic and its holder has shown that it is theirs', () => {
  expect(verdict({})).toEqual({ kind: 'to-enrol' });
  expect(verdict({ current: other })).toEqual({ kind: 'to-enrol' });
  expect(reason({}, false)).toBe('NOT_PROVEN');
  expect(reason({ enrolment: 'approved' })).toBe('NOT_APPROVED');
  expect(reason({ enrolment: 'approved', current: other })).toBe('NOT_APPROVED');
});

test('a new key counts once the lease by the old one is over, also where it has been approved', () => {
  expect(reason({ current: other, isSlotTaken: true })).toBe('SLOT_TAKEN');
  expect(reason({ current: mine, isSlotTaken: true, enrolment: 'approved' })).toBe('SLOT_TAKEN');
});

test('a retired key is never accepted again', () => {
  expect(reason({ isKeyRetired: true })).toBe('RETIRED');
  expect(reason({ isKeyRetired: true, current: mine })).toBe('RETIRED');
});

/** Enrols, for one gateway after another key of a slot, what is allowed; @returns how many were */
function enrolled(slots: readonly number[], others = 0): number {
  const keys: number[] = [];
  for (const slot of slots) {
    const enrolledWithinHour = {
      all: others + keys.length,
      gateway: keys.length,
      slot: keys.filter((key) => key === slot).length,
      slots: new Set(keys).size,
    };
    if (verdict({ enrolledWithinHour }).kind === 'to-enrol') keys.push(slot);
  }
  return keys.length;
}
const workers = [...Array(MAX_SLOTS_ENROLLED_AN_HOUR).keys()];

test('a gateway with as many workers as there can be starts at once, once an hour with all keys lost', () => {
  expect(enrolled(workers)).toBe(64);
});

test('a process that loses its key at each start gets ten more an hour', () => {
  expect(enrolled(Array<number>(100).fill(0))).toBe(1 + MAX_FURTHER_ENROLMENTS_AN_HOUR);
});

test('slots that nobody needs, or keys of many gateways, do not fill the log', () => {
  const many = [...Array(1_000).keys()];
  expect(enrolled([...many, ...many])).toBe(MAX_SLOTS_ENROLLED_AN_HOUR + MAX_FURTHER_ENROLMENTS_AN_HOUR);
  expect(enrolled(workers, MAX_ENROLMENTS_AN_HOUR - 1)).toBe(1);
  expect(reason({ enrolledWithinHour: { ...none, all: MAX_ENROLMENTS_AN_HOUR } })).toBe('TOO_MANY_ENROLMENTS');
});

test('whatever is known, no key counts that is not the slot’s, is retired, or shares the slot with a running lease', () => {
  const facts = fc.record({
    enrolment: fc.constantFrom<SlotFacts['enrolment'][]>('automatic', 'approved'),
    current: fc.constantFrom(null, mine, other),
    isKeyRetired: fc.boolean(),
    isSlotTaken: fc.boolean(),
    enrolledWithinHour: fc.record({ all: fc.nat(9_999), gateway: fc.nat(99), slot: fc.nat(20), slots: fc.nat(70) }),
  });
  fc.assert(
    fc.property(facts, fc.boolean(), (known, isProven) => {
      const { kind } = verdict(known, isProven);
      if (kind === 'enrolled') expect(known.current).toBe(mine);
      if (kind === 'to-enrol') expect([known.enrolment, isProven]).toEqual(['automatic', true]);
      if (kind !== 'none') expect([known.isKeyRetired, known.isSlotTaken]).toEqual([false, false]);
    }),
  );
});

test('a process for which there is no room is told the first moment at which there is some', () => {
  const HOUR = 3_600_000;
  const NOW = 30_000;
  const at = (slot: number, atMs: number): RecentEnrolment => ({ slot: String(slot), atMs });
  // Each slot has its key; a further slot waits for the first of them to have been an hour ago.
  const full = [...Array(MAX_SLOTS_ENROLLED_AN_HOUR).keys()].map((slot) => at(slot, 1_000 + slot));
  expect(enrolmentRoomAtMs('64', full, null, NOW)).toBe(1_000 + HOUR);
  // Slot 0 has had ten keys more: room comes with the end of its first one.
  const further = [at(0, 10), at(1, 11), ...Array.from({ length: 10 }, (_, nth) => at(0, 20 + nth))];
  expect(enrolmentRoomAtMs('0', further, null, NOW)).toBe(10 + HOUR);
  // The end of slot 1's only key leaves as many further ones; the next does not.
  const behind = [at(1, 5), ...further.slice(0, 1), ...further.slice(2)];
  expect(enrolmentRoomAtMs('0', behind, null, NOW)).toBe(10 + HOUR);
  // A slot without a key has room of its own, now.
  expect(enrolmentRoomAtMs('2', further, null, NOW)).toBe(NOW);
  expect(enrolmentRoomAtMs('2', [], 7, NOW)).toBe(7 + HOUR);
  expect(enrolmentRoomAtMs('64', full, 5_000, NOW)).toBe(5_000 + HOUR);
});
