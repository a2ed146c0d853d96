import { expect, test } from '@jest/globals';
import { FeedProblem, problemOf } from './errors.js';

test.each([
  [new Error('read ECONNRESET'), 'read ECONNRESET'],
  [{ status: 'error', message: 'Internal server error' }, 'Internal server error'],
  ['gone', 'gone'],
  [null, 'null'],
])('what is logged of %p says what happened', (thrown, text) => {
  expect(problemOf(thrown, 'HANDLER_FAILED')).toMatchObject({ code: 'HANDLER_FAILED', message: text, cause: thrown });
});

test('a problem stays what it is', () => {
  const problem = new FeedProblem('BAD_HEAD', 'no head');
  expect(problemOf(problem, 'HANDLER_FAILED')).toBe(problem);
});
