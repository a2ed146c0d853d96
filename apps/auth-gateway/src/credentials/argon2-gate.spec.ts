import { describe, expect, test } from '@jest/globals';
import { hash, verify } from '@node-rs/argon2';
import argon2 from 'argon2';
import fc from 'fast-check';
import { ARGON2_DEFAULTS } from '@keyfold/domain';
import { Argon2Gate } from './argon2-gate.js';

const gate = new Argon2Gate({ concurrency: 1, queue: 0 });

// Within the bounds, and cheap.
const costs = fc.record({
  memoryCost: fc.integer({ min: 7_168, max: 20_000 }),
  timeCost: fc.integer({ min: 5, max: 6 }),
  parallelism: fc.integer({ min: 1, max: 4 }),
});

// The product's library is not the reference implementation, and the log outlives both: each must understand what the
// other has hashed.
describe('Argon2 of the product and of the reference implementation', () => {
  test('a hash of the reference implementation is proven, by its secret only', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string(), costs, async (secret, other, cost) => {
        const phc = await argon2.hash(secret, { type: argon2.argon2id, ...cost });
        expect(await gate.verify(phc, secret)).toBe(true);
        expect(await gate.verify(phc, other)).toBe(other === secret);
      }),
      { numRuns: 8 },
    );
  });

  test('a hash of the product is proven by the reference implementation, by its secret only', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string(), costs, async (secret, other, cost) => {
        const phc = await hash(secret, cost);
        expect(await argon2.verify(phc, secret)).toBe(true);
        expect(await argon2.verify(phc, other)).toBe(other === secret);
      }),
      { numRuns: 8 },
    );
  });

  test('the product hashes with Argon2id of version 19 and a fresh salt unless told otherwise', async () => {
    const { memoryKib: memoryCost, timeCost, parallelism } = ARGON2_DEFAULTS;
    const [first, second] = [
      await hash('a secret', { memoryCost, timeCost, parallelism }),
      await hash('a secret', { memoryCost, timeCost, parallelism }),
    ];
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(first).not.toBe(second);
    expect(await verify(first, 'a secret')).toBe(true);
  });
});
