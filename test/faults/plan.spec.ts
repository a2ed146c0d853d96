import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { asksServer, COMMANDS, FAULTS, planOf, SILENCES_GATEWAY } from './plan.js';

const plans = fc
  .integer({ min: 0, max: 999_999_999 })
  .map((seed) => planOf({ seed, clients: 4, stepsPerClient: 8, faults: FAULTS }));

test('a plan lets every fault strike once', () => {
  fc.assert(
    fc.property(plans, (rounds) => {
      const kinds = rounds.flatMap(({ faults }) => faults.map(({ kind }) => kind));
      expect(kinds.sort()).toEqual([...FAULTS].sort());
    }),
  );
});

test('of two faults at once, one that asks a server strikes before the server is struck', () => {
  fc.assert(
    fc.property(plans, (rounds) => {
      for (const { faults } of rounds) {
        const asking = faults.map(({ kind }) => asksServer(kind));
        expect(asking).toEqual([...asking].sort().reverse());
      }
    }),
  );
});

test('every gateway runs while all of them must show that their leases have ended', () => {
  fc.assert(
    fc.property(plans, (rounds) => {
      for (const { faults } of rounds) {
        const kinds = faults.map(({ kind }) => kind);
        expect(
          kinds.includes('admin frozen until leases end') && kinds.some((kind) => SILENCES_GATEWAY.includes(kind)),
        ).toBe(false);
      }
    }),
  );
});

test('the consumers of a stream are not deleted beside the stream itself', () => {
  fc.assert(
    fc.property(plans, (rounds) => {
      for (const { faults } of rounds) {
        const kinds = faults.map(({ kind }) => kind);
        expect(kinds.includes('consumers deleted') && kinds.some((kind) => kind.startsWith('stream'))).toBe(false);
      }
    }),
  );
});

test('faults strike and are healed at moments of their own, all of a round together in between', () => {
  fc.assert(
    fc.property(plans, (rounds) => {
      for (const { faults } of rounds) {
        const strikes = faults.map(({ strikeAfter }) => strikeAfter);
        expect(strikes).toEqual(strikes.toSorted((one, other) => one - other));
        expect(Math.max(0, ...strikes)).toBeLessThan(Math.min(32, ...faults.map(({ healAfter }) => healAfter)));
      }
    }),
  );
});

test('a plan has every command several times, and waits for the confirmation of a good share', () => {
  fc.assert(
    fc.property(plans, (rounds) => {
      const steps = rounds.flatMap(({ clients }) => clients.flat());
      for (const kind of COMMANDS) expect(steps.filter((step) => step.do === kind).length).toBeGreaterThanOrEqual(3);
      const waiting = steps.filter(({ waitSeconds }) => waitSeconds !== null);
      expect(waiting.length).toBeGreaterThan(steps.length / 10);
    }),
  );
});
