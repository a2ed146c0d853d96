import { expect, test } from '@jest/globals';
import { ConfigError } from '@keyfold/service-kit';
import { startProblem } from './start-problem.js';

const failed = (code: string): Error => Object.assign(new Error('connect postgres://user:hunter2@db'), { code });

test('says what the operator can do, also where the cause lies deeper, and repeats no value', () => {
  expect(startProblem(failed('EADDRINUSE'))).toContain('KEYFOLD_ADMIN_PORT');
  expect(startProblem(new Error('unavailable', { cause: failed('28P01') }))).toContain(
    'password in KEYFOLD_DATABASE_URL',
  );
  expect(startProblem(failed('ECONNREFUSED'))).not.toContain('hunter2');
  expect(startProblem(new ConfigError('KEYFOLD_SHARED_SECRET: is required'))).toContain(
    'KEYFOLD_SHARED_SECRET: is required',
  );
});

test('names the variable of a port that is taken, of an address that is not ours, and of a Postgres that is not up yet', () => {
  const settings = { KEYFOLD_HOST: 'nowhere', KEYFOLD_ADMIN_PORT: 1, KEYFOLD_ADMIN_OPS_PORT: 2 };
  const said = (code: string, members: object = {}): string | undefined =>
    startProblem(Object.assign(failed(code), members), settings);
  expect(said('EADDRINUSE', { port: 2 })).toBe(
    'A port is taken by another program: choose another with KEYFOLD_ADMIN_OPS_PORT.',
  );
  expect(said('EADDRINUSE', { port: 9 })).toMatch(
    /KEYFOLD_ADMIN_PORT, KEYFOLD_ADMIN_OPS_PORT, KEYFOLD_ADMIN_INTERNAL_PORT\.$/,
  );
  expect([said('ENOTFOUND', { hostname: 'nowhere' }), said('ENOTFOUND', { hostname: 'db' })]).toEqual([
    'KEYFOLD_HOST is not an address of this machine.',
    'The host in KEYFOLD_DATABASE_URL is not known.',
  ]);
  expect(said('57P03')).toBe(
    'Postgres at the address in KEYFOLD_DATABASE_URL is starting or stopping and takes no connections yet.',
  );
});

test('leaves what it does not know to the log', () => {
  expect(startProblem(new Error('something else'))).toBeUndefined();
  expect(startProblem('text')).toBeUndefined();
});
