import type { AccessIdentity } from '@keyfold/domain';
import { RecentMap } from '../facts/recent-map.js';
import type { TokenIssuer } from '../tokens/token-issuer.js';

/** A signature costs more than the rest of a request; so long one may serve the requests of a key. */
const REUSED_FOR_MS = 1_000;
/** Keys whose signatures are held; of more that come within that time, some are signed for once more. */
const MAX_KEYS = 10_000;

interface Made {
  readonly assertion: string;
  readonly position: number;
  readonly leaseEndsAtMs: number;
  readonly madeAtMs: number;
}

/** The value of `X-Keyfold-Assertion` for whoever passed, addressed to the upstream. */
export class Assertions {
  /** By key. At one position of the log a key says one and the same of who has it. */
  private readonly made = new RecentMap<string, Made>(MAX_KEYS);
  private forgottenAtMs = 0;

  constructor(
    private readonly issuer: TokenIssuer,
    private readonly audience: string,
    /** On the host's clock. A shorter lease must not be outlived by what was signed under a longer one. */
    private readonly leaseEndsAtMs: () => number,
  ) {}

  /** One that was signed just before for the same facts. */
  ready({ keyId }: AccessIdentity, position: number): string | undefined {
    const made = this.made.get(keyId);
    if (made?.position !== position || made.leaseEndsAtMs > this.leaseEndsAtMs()) return undefined;
    return performance.now() - made.madeAtMs < REUSED_FOR_MS ? made.assertion : undefined;
  }

  /** Signs one; @returns null if it could not be used for as much as a second */
  async sign(identity: AccessIdentity, position: number): Promise<string | null> {
    const leaseEndsAtMs = this.leaseEndsAtMs();
    const madeAtMs = performance.now();
    const issued = await this.issuer.issue(identity, { audience: this.audience, position });
    if (issued === null) return null;
    this.forgetOld(madeAtMs);
    this.made.set(identity.keyId, { assertion: issued.token, position, leaseEndsAtMs, madeAtMs });
    return issued.token;
  }

  /** Nothing is held for longer than some of its lifetimes, as long as anybody comes at all. */
  private forgetOld(nowMs: number): void {
    if (nowMs - this.forgottenAtMs < REUSED_FOR_MS) return;
    this.forgottenAtMs = nowMs;
    this.made.forgetOld();
  }
}
