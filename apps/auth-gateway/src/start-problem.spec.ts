import { expect, test } from '@jest/globals';
import { ConfigError } from '@keyfold/service-kit';
import { WrongLogError } from './projection/projection-store.js';
import { startProblem } from './start-problem.js';

const failed = (code: string): Error => Object.assign(new Error('connect postgres://user:hunter2@db'), { code });

test('says what the operator can do, also where the cause lies deeper, and repeats no value', () => {
  expect(startProblem(failed('EADDRINUSE'))).toContain('KEYFOLD_GATEWAY_PORT');
  expect(startProblem(new Error('unavailable', { cause: failed('28P01') }))).toContain('password');
  expect(startProblem(failed('ECONNREFUSED'))).not.toContain('hunter2');
  expect(startProblem(new WrongLogError('the tables belong to the log 1'))).toContain('KEYFOLD_GATEWAY_ID');
  expect(startProblem(new ConfigError('KEYFOLD_SHARED_SECRET: is required'))).toContain('is required');
});

test('leaves what it does not know to the log', () => {
  expect(startProblem(new Error('something else'))).toBeUndefined();
  expect(startProblem('text')).toBeUndefined();
});
