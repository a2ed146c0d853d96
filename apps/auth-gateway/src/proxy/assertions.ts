import type { AccessIdentity } from '@keyfold/domain';
import type { TokenIssuer } from '../tokens/token-issuer.js';

/** A signature costs more than the rest of a request; so long one may serve the requests of a key. */
const REUSED_FOR_MS = 1_000;

interface Made {
  readonly assertion: string;
  readonly position: number;
  readonly leaseEndsAtMs: number;
  readonly madeAtMs: number;
}

/** The value of `X-Keyfold-Assertion` for whoever passed, addressed to the upstream. */
export class Assertions {
  /** An identity is never changed, and goes with the facts that it says. */
  readonly #made = new WeakMap<AccessIdentity, Made>();

  constructor(
    private readonly issuer: TokenIssuer,
    private readonly audience: string,
    /** On the host's clock. A shorter lease must not be outlived by what was signed under a longer one. */
    private readonly leaseEndsAtMs: () => number,
  ) {}

  /** One that was signed just before for the same facts. */
  ready(identity: AccessIdentity, position: number): string | undefined {
    const made = this.#made.get(identity);
    if (made?.position !== position || made.leaseEndsAtMs > this.leaseEndsAtMs()) return undefined;
    return performance.now() - made.madeAtMs < REUSED_FOR_MS ? made.assertion : undefined;
  }

  /** Signs one; @returns null if it could not be used for as much as a second */
  async sign(identity: AccessIdentity, position: number): Promise<string | null> {
    const leaseEndsAtMs = this.leaseEndsAtMs();
    const madeAtMs = performance.now();
    const issued = await this.issuer.issue(identity, { audience: this.audience, position });
    if (issued === null) return null;
    this.#made.set(identity, { assertion: issued.token, position, leaseEndsAtMs, madeAtMs });
    return issued.token;
  }
}
