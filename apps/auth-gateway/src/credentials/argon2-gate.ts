import { verify } from '@node-rs/argon2';
import { argon2PhcProblem } from '@keyfold/domain';

/** So many hashes are being computed or waiting that another one would not be answered in time. */
export class Argon2OverloadedError extends Error {
  override readonly name = 'Argon2OverloadedError';
}

/**
 * Computes Argon2 a few at a time, with a short queue: memory stays below concurrency x the parameters' bound, and a
 * flood is refused at once instead of growing a queue. A place is held until the native work ends, whatever has become
 * of the request.
 */
export class Argon2Gate {
  private _running = 0;
  private _runs = 0;
  private _refusals = 0;
  private readonly queue: (() => void)[] = [];

  constructor(private readonly options: { concurrency: number; queue: number }) {}

  get running(): number {
    return this._running;
  }

  get queued(): number {
    return this.queue.length;
  }

  /** Whether another computation would be refused. */
  get isFull(): boolean {
    return this._running >= this.options.concurrency && this.queue.length >= this.options.queue;
  }

  /** Computations since the start of the process. */
  get runs(): number {
    return this._runs;
  }

  /** Computations that were refused since the start. */
  get refusals(): number {
    return this._refusals;
  }

  /**
   * Whether the secret is the one that was hashed. A hash with parameters out of bounds proves nothing and costs
   * nothing.
   *
   * @throws Argon2OverloadedError without delay
   */
  async verify(phc: string, secret: string): Promise<boolean> {
    if (argon2PhcProblem(phc) !== null) return false;
    await this.enter();
    this._runs++;
    try {
      return await verify(phc, secret);
    } finally {
      this.leave();
    }
  }

  private enter(): Promise<void> | undefined {
    if (this._running < this.options.concurrency) {
      this._running++;
      return undefined;
    }
    if (this.queue.length >= this.options.queue) {
      this._refusals++;
      throw new Argon2OverloadedError('too many secrets wait to be proven');
    }
    return new Promise((resolve) => this.queue.push(resolve));
  }

  /** The place goes straight to the next in line, so nobody can slip in between. */
  private leave(): void {
    const next = this.queue.shift();
    if (next === undefined) this._running--;
    else next();
  }
}
