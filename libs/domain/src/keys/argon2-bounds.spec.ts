import { describe, expect, test } from '@jest/globals';
import argon2 from 'argon2';
import { ARGON2_DEFAULTS, argon2PhcProblem } from './argon2-bounds.js';

const SALT = Buffer.alloc(16, 1).toString('base64').replace(/=+$/, '');
const HASH = Buffer.alloc(32, 2).toString('base64').replace(/=+$/, '');

function phc(cost: string, salt = SALT, hash = HASH): string {
  return `$argon2id$v=19$${cost}$${salt}$${hash}`;
}

function unpadded(bytes: number): string {
  return Buffer.alloc(bytes, 3).toString('base64').replace(/=+$/, '');
}

describe('bounds on Argon2 hashes', () => {
  test('what the library makes with the defaults is acceptable', async () => {
    const hash = await argon2.hash('a secret', {
      type: argon2.argon2id,
      memoryCost: ARGON2_DEFAULTS.memoryKib,
      timeCost: ARGON2_DEFAULTS.timeCost,
      parallelism: ARGON2_DEFAULTS.parallelism,
    });
    expect(argon2PhcProblem(hash)).toBeNull();
  });

  // OWASP's equivalents of the default.
  test.each([
    'm=47104,t=1,p=1',
    'm=19456,t=2,p=1',
    'm=12288,t=3,p=1',
    'm=9216,t=4,p=1',
    'm=7168,t=5,p=1',
    'm=65536,t=3,p=4',
    'm=65536,p=4,t=3',
  ])('%s is acceptable', (cost) => {
    expect(argon2PhcProblem(phc(cost))).toBeNull();
  });

  test.each<[string, string]>([
    ['too little memory', phc('m=7167,t=16,p=1')],
    ['too little work', phc('m=19456,t=1,p=1')],
    ['too much memory', phc('m=262145,t=1,p=1')],
    ['memory beyond any number', phc('m=99999999999999999999,t=2,p=1')],
    ['too many passes', phc('m=19456,t=17,p=1')],
    ['too much work', phc('m=262144,t=5,p=1')],
    ['too many lanes', phc('m=19456,t=2,p=9')],
    ['no lanes', phc('m=19456,t=2,p=0')],
    ['a short salt', phc('m=19456,t=2,p=1', unpadded(15))],
    ['a long salt', phc('m=19456,t=2,p=1', unpadded(65))],
    ['a short hash', phc('m=19456,t=2,p=1', SALT, unpadded(31))],
    ['a long hash', phc('m=19456,t=2,p=1', SALT, unpadded(65))],
    ['padding', phc('m=19456,t=2,p=1', SALT, `${HASH}=`)],
    ['base64 that encodes nothing', phc('m=19456,t=2,p=1', SALT, `${HASH.slice(0, -1)}B`)],
    ['another order of parameters', phc('t=2,m=19456,p=1')],
    ['a parameter twice', phc('m=19456,t=2,t=2')],
    ['too many passes in the other order', phc('m=19456,p=1,t=17')],
    ['a parameter more', phc('m=19456,t=2,p=1,keyid=AAAA')],
    ['a leading zero', phc('m=019456,t=2,p=1')],
    ['argon2i', phc('m=19456,t=2,p=1').replace('argon2id', 'argon2i')],
    ['argon2d', phc('m=19456,t=2,p=1').replace('argon2id', 'argon2d')],
    ['version 16', phc('m=19456,t=2,p=1').replace('v=19', 'v=16')],
    ['no version', phc('m=19456,t=2,p=1').replace('$v=19', '')],
    ['a trailing newline', `${phc('m=19456,t=2,p=1')}\n`],
    ['bcrypt', '$2b$12$abcdefghijklmnopqrstuuO0123456789abcdefghijklmnopqrstuv'],
    ['nothing', ''],
  ])('%s is a problem, told without the hash', (_, hash) => {
    const problem = argon2PhcProblem(hash);
    expect(problem).toEqual(expect.any(String));
    expect(problem).not.toContain(HASH);
  });
});
