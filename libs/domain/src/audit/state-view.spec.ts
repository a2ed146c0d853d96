import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { history, type Step } from '../../test/commands.arbitrary.js';
import { World } from '../../test/world.js';
import { LogFold } from './log-fold.js';
import { summaryOf } from './record-summary.js';
import { differencesBetween, snapshotOf, type StateView, viewOf } from './state-view.js';

function plain({ keys, roles, settings, users }: StateView): Record<string, unknown> {
  return { settings, roles: [...roles], users: [...users], keys: [...keys] };
}

function worldAfter(steps: readonly Step[]): World {
  const world = World.started();
  for (const { afterMs, command } of steps) {
    world.nowMs += afterMs;
    world.execute(command(world));
  }
  return world;
}

test('a fold of any part of a history is what the gateways hold there, and shows no hash', () => {
  fc.assert(
    fc.property(history, (steps) => {
      const world = worldAfter(steps);
      const fold = new LogFold();
      for (const { openings, record } of world.log.entries) fold.add(record, openings);
      expect(fold.facts).toEqual(world.facts);
      expect(fold.position).toBe(world.log.entries.length);
      expect(JSON.stringify(plain(viewOf(fold.facts)))).not.toContain('argon2');
    }),
    { numRuns: 30 },
  );
});

test('the differences between two moments lead from the one to the other', () => {
  fc.assert(
    fc.property(history, fc.nat(), (steps, at) => {
      const { entries } = worldAfter(steps).log;
      const fold = new LogFold();
      const middle = at % entries.length;
      for (const { openings, record } of entries.slice(0, middle)) fold.add(record, openings);
      const before = snapshotOf(fold.facts);
      const shown = JSON.stringify(plain(viewOf(before)));
      for (const { openings, record } of entries.slice(middle)) fold.add(record, openings);
      // What was kept is as it was.
      expect(JSON.stringify(plain(viewOf(before)))).toBe(shown);

      const state = JSON.parse(shown) as Record<string, Record<string, unknown>[]> & { settings: object };
      const listOf = { role: 'roles', user: 'users', key: 'keys' } as const;
      for (const { after, id, kind, member } of differencesBetween(before, fold.facts)) {
        if (kind === 'settings') Object.assign(state.settings, { [member]: after });
        else {
          const list = state[listOf[kind]] ?? [];
          const entity = list.find((one) => one['id'] === id) ?? list[list.push({ id }) - 1];
          Object.assign(entity ?? {}, { [member]: after });
        }
      }
      expect(withoutNulls(state)).toEqual(withoutNulls(plain(viewOf(fold.facts))));
      expect([...differencesBetween(fold.facts, fold.facts)]).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('a record in words has nothing that is sealed', () => {
  const { entries } = World.started().log;
  const words = entries.map(({ record }) => summaryOf(record));
  expect(words).toContainEqual('settings/security, apiKeyAuthenticationEnabled false -> true');
  expect(words.join()).not.toContain('joan');
});

test('a long record is cut between two characters', () => {
  for (const name of ['', 'a', 'ab']) {
    const words = summaryOf({ stream: 'role/r1', data: { name, description: '🔑'.repeat(200) } });
    expect([words.length <= 160, words.isWellFormed(), words.at(-1)]).toEqual([true, true, '…']);
  }
});

function withoutNulls(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_name, member: unknown) => member ?? undefined));
}
