import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { history } from '../../test/commands.arbitrary.js';
import { World } from '../../test/world.js';
import { type AccessQuestion, explainAccess } from './explain.js';
import { explainDisclosed } from './explain-disclosed.js';

// None with an apostrophe: whether a name has one stands in the record, as its schemaVersion.
const NAMES = ['ann', 'joan', 'admin'];
const ADDRESSES = ['192.0.2.9', '198.51.100.7', '2001:db8::1'];

const someQuestion = fc.record({
  keyId: fc.constantFrom('k0', 'k1', 'k2'),
  username: fc.constantFrom(null, ...NAMES),
  method: fc.constantFrom('GET', 'POST', null),
  ip: fc.constantFrom(null, ...ADDRESSES),
  scopes: fc.constantFrom([], ['read']),
});

function logOf(steps: typeof history extends fc.Arbitrary<infer Steps> ? Steps : never): World {
  const world = World.started();
  for (const { afterMs, command } of steps) {
    world.nowMs += afterMs;
    world.execute(command(world));
  }
  return world;
}

test('without the permission it depends on no sealed value, whatever they are and whatever is asked', () => {
  fc.assert(
    fc.property(
      history,
      someQuestion,
      fc.constantFrom(...NAMES),
      fc.constantFrom(...ADDRESSES),
      (steps, asked, name, ip) => {
        const world = logOf(steps);
        const question: AccessQuestion = { ...asked, nowMs: world.nowMs };
        const { entries } = world.log;
        const answer = explainDisclosed(entries, question, false);
        expect(answer.disclosed).toBeNull();
        const other = {
          ...question,
          username: question.username === null ? null : name,
          ip: question.ip === null ? null : ip,
        };
        expect(explainDisclosed(entries, other, false)).toEqual(answer);
        const closed = entries.map(({ record }) => ({ record, openings: {} }));
        expect(explainDisclosed(closed, question, false)).toEqual(answer);
        expect(explainDisclosed(closed, question, true)).toEqual(answer);
      },
    ),
    { numRuns: 100 },
  );
});

test('with the permission it is what all values say, and names those that it rests on', () => {
  let [disclosed, withheld] = [0, 0];
  fc.assert(
    fc.property(history, someQuestion, (steps, asked) => {
      const world = logOf(steps);
      const question: AccessQuestion = { ...asked, nowMs: world.nowMs };
      const { entries } = world.log;
      const answer = explainDisclosed(entries, question, true);
      const { allowed, reason } = explainAccess(entries, question);
      expect(answer).toMatchObject({ allowed, reason });
      if (answer.disclosed === null) {
        withheld += 1;
        expect(explainDisclosed(entries, question, false)).toEqual(answer);
        return;
      }
      disclosed += 1;
      const { fields, from, to } = answer.disclosed;
      expect(['username', 'allowedIpRanges'].filter((field) => fields.includes(field)).sort()).toEqual([...fields]);
      expect(fields.includes('username') && question.username === null).toBe(false);
      expect(fields.includes('allowedIpRanges') && question.ip === null).toBe(false);
      // Without these alone it would be open.
      const rest = entries.map((entry) => {
        const isDisclosed = entry.record.position >= from && entry.record.position <= to;
        return isDisclosed ? { ...entry, openings: {} } : entry;
      });
      expect(explainAccess(rest, question).reason).toBe('UNDETERMINED');
    }),
    { numRuns: 300 },
  );
  expect(disclosed).toBeGreaterThan(10);
  expect(withheld).toBeGreaterThan(10);
});
