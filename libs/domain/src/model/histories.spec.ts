import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { history, type Step } from '../../test/commands.arbitrary.js';
import { type AnyCommand, type Outcome, World } from '../../test/world.js';
import {
  emptyFacts,
  exceeding,
  type FactsView,
  foldFacts,
  isExistingKey,
  isRevoked,
  type Permission,
  permissionsOf,
  readEvent,
  revocationOf,
  SYSTEM,
} from './index.js';

const RUNS = { numRuns: 300 };
// All but InstallBuiltInRole, which the world has executed when the history starts.
const COMMANDS: readonly AnyCommand['type'][] = [
  'ChangeSecuritySettings',
  'BulkRevokeApiKeys',
  'CreateRole',
  'ChangeRole',
  'DeleteRole',
  'CreateUser',
  'ChangeUser',
  'SetPassword',
  'GrantRole',
  'WithdrawRole',
  'DeactivateUser',
  'ReactivateUser',
  'EraseUser',
  'LinkOidcIdentity',
  'UnlinkOidcIdentity',
  'IssueApiKey',
  'PromiseApiKey',
  'ClaimApiKey',
  'RotateApiKey',
  'RevokeApiKey',
];

test('every reachable state accepts or refuses each command, and what it writes reads back and is never unusable', () => {
  const accepted = new Set<string>();
  fc.assert(
    fc.property(history, (steps) => {
      replay(steps, (world, command, outcome) => {
        if ('refused' in outcome || outcome.events.length === 0) return;
        accepted.add(command.type);
        for (const { record, openings } of world.log.entries.slice(-outcome.events.length)) {
          expect(readEvent(record, openings)).toMatchObject({ kind: 'event' });
        }
      });
    }),
    RUNS,
  );
  // A generator that reaches nothing would prove nothing: each kind of command must have been accepted at times.
  expect([...accepted].sort()).toEqual([...COMMANDS].sort());
});

test('doing it again is no event', () => {
  fc.assert(
    fc.property(history, (steps) => {
      replay(steps, (world, command, outcome) => {
        if ('refused' in outcome) return;
        // How many keys a bulk revocation still affects is counted anew by whoever asks again: none.
        const again = world.decide(command.type === 'BulkRevokeApiKeys' ? { ...command, affectedKeys: 0 } : command);
        expect('refused' in again ? [] : again.events).toEqual([]);
      });
    }),
    RUNS,
  );
});

test('folding is deterministic, and any prefix, taken through JSON, goes on to the same whole', () => {
  fc.assert(
    fc.property(history, fc.nat(), (steps, cut) => {
      const { log, facts } = replay(steps);
      const reads = log.entries.map(({ record, openings }) => readEvent(record, openings));
      const split = cut % (reads.length + 1);
      const whole = emptyFacts();
      for (const read of reads) foldFacts(whole, read);
      let parts = emptyFacts();
      for (const read of reads.slice(0, split)) foldFacts(parts, read);
      parts = throughJson(parts);
      for (const read of reads.slice(split)) foldFacts(parts, read);
      expect(whole).toEqual(facts);
      expect(parts).toEqual(facts);
    }),
    RUNS,
  );
});

test('a fold after the openings were destroyed is the fold that erased on the way', () => {
  fc.assert(
    fc.property(history, (steps) => {
      const { log, facts } = replay(steps);
      const erased = new Set(
        [...facts.users].filter(([, user]) => user.status === 'erased').map(([id]) => `user/${id}`),
      );
      for (const [keyId, key] of facts.keys) {
        if (isExistingKey(key) && erased.has(`user/${key.userId}`)) erased.add(`api-key/${keyId}`);
      }
      log.destroyOpenings((stream) => erased.has(stream));
      const again = emptyFacts();
      for (const { record, openings } of log.entries) foldFacts(again, readEvent(record, openings));
      expect(again).toEqual(facts);
    }),
    RUNS,
  );
});

test('a revoked key is revoked in every state that can follow; if not in bulk, as of the same moment', () => {
  fc.assert(
    fc.property(history, (steps) => {
      const ends = new Map<string, unknown>();
      const revoked = new Set<string>();
      replay(steps, ({ facts }) => {
        for (const [keyId, key] of facts.keys) {
          if (!isExistingKey(key)) continue;
          const owner = facts.users.get(key.userId);
          if (revoked.has(keyId)) expect(isRevoked(key, facts.settings, owner)).toBe(true);
          else if (isRevoked(key, facts.settings, owner)) revoked.add(keyId);
          const revocation = revocationOf(key, null, owner);
          const first = ends.get(keyId);
          if (first !== undefined) expect({ atMs: revocation?.atMs }).toEqual(first);
          else if (revocation !== null) ends.set(keyId, { atMs: revocation.atMs });
        }
      });
    }),
    RUNS,
  );
});

test('nobody gets, gives or takes over what exceeds their own permissions', () => {
  fc.assert(
    fc.property(history, (steps) => {
      const world = World.started();
      for (const step of steps) {
        world.nowMs += step.afterMs;
        const command = step.command(world);
        const within =
          'by' in command ? (list: readonly Permission[]) => exceeding(command.by, list).length === 0 : () => true;
        const before = touchedBy(command, world.facts);
        const { events = [] } = { events: undefined, ...world.execute(command) };
        if (events.length > 0) expect(within(reachOf(command, before, touchedBy(command, world.facts)))).toBe(true);
      }
    }),
    RUNS,
  );
});

type Touched = { readonly ofUser: readonly Permission[]; readonly ofRole: readonly Permission[] };

function touchedBy(command: AnyCommand, facts: FactsView): Touched {
  const role = 'roleId' in command ? facts.roles.get(command.roleId) : undefined;
  const user = 'userId' in command ? facts.users.get(command.userId) : undefined;
  return {
    ofUser: permissionsOf(user, (id) => facts.roles.get(id)),
    ofRole: role?.status === 'active' ? role.permissions : [],
  };
}

// Which permissions the command handed out or laid hands on, told from the states before and after it.
function reachOf(command: AnyCommand, before: Touched, after: Touched): readonly Permission[] {
  const gained = after.ofUser.filter((permission) => !before.ofUser.includes(permission));
  const added = after.ofRole.filter((permission) => !before.ofRole.includes(permission));
  const seizes = [
    'SetPassword',
    'DeactivateUser',
    'ReactivateUser',
    'EraseUser',
    'LinkOidcIdentity',
    'UnlinkOidcIdentity',
  ].includes(command.type);
  const isSelf =
    'by' in command &&
    'userId' in command &&
    command.by !== SYSTEM &&
    'userId' in command.by &&
    command.by.userId === command.userId;
  return [...gained, ...added, ...(seizes && !isSelf ? before.ofUser : [])];
}

function replay(
  steps: readonly Step[],
  check: (world: World, command: AnyCommand, outcome: Outcome) => void = () => undefined,
): World {
  const world = World.started();
  for (const step of steps) {
    world.nowMs += step.afterMs;
    const command = step.command(world);
    const outcome = world.execute(command);
    check(world, command, outcome);
  }
  for (const state of [...world.facts.roles.values(), ...world.facts.users.values(), ...world.facts.keys.values()]) {
    expect(state.status).not.toBe('unusable');
  }
  return world;
}

function throughJson(facts: FactsView): FactsView {
  const entries = <T>(map: Map<string, T>): Map<string, T> =>
    new Map(JSON.parse(JSON.stringify([...map])) as [string, T][]);
  return {
    settings: JSON.parse(JSON.stringify(facts.settings)) as FactsView['settings'],
    roles: entries(facts.roles),
    users: entries(facts.users),
    keys: entries(facts.keys),
    keyIdsOfUser: entries(facts.keyIdsOfUser),
  };
}
