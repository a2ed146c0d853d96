import { expect, test } from '@jest/globals';
import { demandedScopes } from './demanded-scopes.js';

test.each([
  ['', []],
  ['x=1', []],
  ['scopes=a', ['a']],
  ['scopes=a,b:c', ['a', 'b:c']],
  ['scopes=a&x=1&scopes=b', ['a', 'b']],
  ['scopes=a%2Cb', ['a', 'b']],
])('"%s" demands %j', (query, scopes) => {
  expect(demandedScopes(query)).toEqual(scopes);
});

test.each(['scopes=', 'scopes', 'scopes=a,', 'scopes=A', 'scopes=%zz', 'scopes=a b'])(
  '"%s" is not taken for no demand',
  (query) => {
    expect(demandedScopes(query)).toBeNull();
  },
);
