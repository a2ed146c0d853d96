import { describe, expect, test } from '@jest/globals';
import type { AccessIdentity } from '@keyfold/domain';
import { identityHeaders } from './identity-headers.js';

const identity: AccessIdentity = {
  userId: 'u1',
  username: 'anna',
  roles: [],
  permissions: [],
  keyId: 'k1',
  keyName: null,
  effectiveExpiresAtMs: 0,
  readOnly: false,
  scopes: [],
};
const roles = (...names: string[]): AccessIdentity => ({
  ...identity,
  roles: names.map((name) => ({ id: name, name })),
});

describe('identityHeaders', () => {
  test('all of them are there, a dash where there is nothing', () => {
    expect(identityHeaders(identity)).toEqual([
      'Remote-User',
      'anna',
      'X-Keyfold-User-Id',
      'u1',
      'X-Keyfold-Key-Id',
      'k1',
      'X-Keyfold-Roles',
      '-',
      'X-Keyfold-Scopes',
      '-',
    ]);
  });

  test('lists are comma separated', () => {
    expect(identityHeaders({ ...roles('Sign In', 'Ops'), scopes: ['a', 'b:c'] })).toEqual(
      expect.arrayContaining(['Sign In,Ops', 'a,b:c']),
    );
  });

  test.each(['', 'a\r\nX-Keyfold-Roles: Administrator', 'a\nb', 'ä', ' a', 'a\u0000'])(
    '%j is never emitted',
    (value) => {
      expect(() => identityHeaders({ ...identity, username: value })).toThrow('header-safe');
      expect(() => identityHeaders(roles('Ops', value))).toThrow('header-safe');
    },
  );

  test('a role that would read as two is never emitted', () => {
    expect(() => identityHeaders(roles('Ops,Administrator'))).toThrow('comma');
  });
});
