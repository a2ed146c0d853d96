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

test('names the variable of a port that is taken, and of an address that is not ours', () => {
  const settings = {
    KEYFOLD_HOST: 'nowhere',
    KEYFOLD_GATEWAY_PORT: 1,
    KEYFOLD_GATEWAY_OPS_PORT: 2,
    KEYFOLD_PROXY_PORT: 2,
    KEYFOLD_GATEWAY_GRPC_PORT: undefined,
  };
  const taken = (port?: number): string | undefined =>
    startProblem(Object.assign(failed('EADDRINUSE'), { port }), settings);
  expect(taken(1)).toBe('A port is taken by another program: choose another with KEYFOLD_GATEWAY_PORT.');
  expect(taken(2)).toMatch(/with KEYFOLD_GATEWAY_OPS_PORT, KEYFOLD_PROXY_PORT\.$/);
  expect(taken()).toContain('KEYFOLD_GATEWAY_GRPC_PORT');
  const unknown = (hostname: string): string | undefined =>
    startProblem(Object.assign(failed('ENOTFOUND'), { hostname }), settings);
  expect([unknown('nowhere'), unknown('db')]).toEqual([
    'KEYFOLD_HOST is not an address of this machine.',
    'The host in KEYFOLD_GATEWAY_DATABASE_URL is not known.',
  ]);
  expect(startProblem(failed('EADDRNOTAVAIL'), settings)).toContain('KEYFOLD_HOST');
  const elsewhere = Object.assign(failed('EADDRNOTAVAIL'), { address: '192.0.2.1' });
  expect(startProblem(elsewhere, { ...settings, KEYFOLD_OPS_HOST: '192.0.2.1' })).toBe(
    'KEYFOLD_OPS_HOST is not an address of this machine.',
  );
});

test('leaves what it does not know to the log', () => {
  expect(startProblem(new Error('something else'))).toBeUndefined();
  expect(startProblem('text')).toBeUndefined();
});
