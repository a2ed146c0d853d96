import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hasRoleClaim, roleNamesOf, RolesWithheldError } from './role-claim.js';

describe('the names in a role claim', () => {
  test.each<[string, string, Record<string, unknown>, string[]]>([
    ['one text', 'groups', { groups: 'Auditor' }, ['Auditor']],
    ['a list', 'groups', { groups: ['Auditor', 7, null, 'Staff', ['Nested']] }, ['Auditor', 'Staff']],
    ['members of an object', 'r', { r: { Auditor: { o1: 'a.example' }, Staff: { o1: 'b' } } }, ['Auditor', 'Staff']],
    [
      'members of objects in a list',
      'r',
      { r: [{ Auditor: { o1: 'a' } }, { Staff: { o1: 'a' } }] },
      ['Auditor', 'Staff'],
    ],
    ['no members that say something else', 'r', { r: { A: false, B: 'x', C: {}, D: { o: 1 }, E: [] } }, []],
    ['within an object', 'realm_access.roles', { realm_access: { roles: ['Auditor'] } }, ['Auditor']],
    ['a name with dots first', 'a.b', { 'a.b': ['Auditor'], a: { b: ['Staff'] } }, ['Auditor']],
    ['a URL as a name', 'https://k.example/roles', { 'https://k.example/roles': ['Auditor'] }, ['Auditor']],
    ['nothing inherited', 'constructor.name', {}, []],
    ['nothing within a list', 'groups.0', { groups: ['Auditor'] }, []],
    ['no claim', 'groups', {}, []],
  ])('%s', (_what, name, claims, expected) => {
    expect(roleNamesOf(claims, name)).toEqual(expected);
  });

  test('are none in an empty claim, and unknown without one', () => {
    expect(hasRoleClaim({ groups: [] }, 'groups')).toBe(true);
    expect(hasRoleClaim({ realm_access: { roles: [] } }, 'realm_access.roles')).toBe(true);
    expect(hasRoleClaim({ _claim_names: { groups: 'src1' } }, 'groups')).toBe(true);
    expect(hasRoleClaim({ realm_access: {} }, 'realm_access.roles')).toBe(false);
    expect(hasRoleClaim({}, 'constructor')).toBe(false);
  });

  test('are not none where the issuer says that it leaves them out', () => {
    const claims = { _claim_names: { groups: 'src1' } };
    expect(() => roleNamesOf(claims, 'groups')).toThrow(RolesWithheldError);
    expect(roleNamesOf(claims, 'roles')).toEqual([]);
    expect(roleNamesOf({ ...claims, groups: ['Auditor'] }, 'groups')).toEqual(['Auditor']);
  });

  test('come only from what the claim holds, whatever that is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (claim) => {
        const text = JSON.stringify(claim);
        for (const name of roleNamesOf({ claim }, 'claim')) expect(text).toContain(JSON.stringify(name));
      }),
    );
  });
});
