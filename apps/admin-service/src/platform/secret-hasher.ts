import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import * as argon2 from '@node-rs/argon2';
import { ARGON2_DEFAULTS, argon2PhcProblem } from '@keyfold/domain';
import { ProblemError } from '@keyfold/service-kit';

const MAX_WAITING = 128;

/**
 * Argon2id with a bound on how many run at once: each takes 19 MiB and a core for tens of milliseconds, so an unbounded
 * number would take the memory and all threads of the process. What finds the queue full is refused with 503.
 */
@Injectable()
export class SecretHasher implements OnModuleInit {
  /**
   * One more than there are cores, so that none waits for this thread to hand out the next; libuv has 4 threads for it.
   */
  private readonly capacity = Math.min(4, availableParallelism() + 1);
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private dummyHash: Promise<string> | undefined;

  /** Before the first request, or the first unknown name would take longer than all others. */
  async onModuleInit(): Promise<void> {
    await this.verify(null, '');
  }

  /** @returns the PHC string */
  hash(secret: string): Promise<string> {
    const { memoryKib, timeCost, parallelism } = ARGON2_DEFAULTS;
    // Argon2id is the library's default; its enum cannot be named from a module compiled by itself.
    return this.limited(() => argon2.hash(secret, { memoryCost: memoryKib, timeCost, parallelism }));
  }

  /**
   * Whether the secret is the one that was hashed. Without a usable hash the same work is done on a hash of nothing, so
   * that the time tells nobody whether an account exists.
   */
  async verify(hash: string | null, secret: string): Promise<boolean> {
    const usable = hash !== null && argon2PhcProblem(hash) === null ? hash : null;
    this.dummyHash ??= this.hash(randomBytes(32).toString('base64url'));
    const compared = usable ?? (await this.dummyHash);
    const matches = await this.limited(() => argon2.verify(compared, secret));
    return matches && usable !== null;
  }

  private async limited<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.running >= this.capacity) await this.turn();
    else this.running += 1;
    try {
      return await work();
    } finally {
      // The place is handed to the next in line without being freed, so a newcomer cannot overtake.
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }

  private turn(): Promise<void> {
    if (this.waiting.length >= MAX_WAITING)
      throw new ProblemError(503, 'UNAVAILABLE', 'Too many passwords and keys are being hashed right now. Try again.', {
        headers: { 'retry-after': '1' },
      });
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
