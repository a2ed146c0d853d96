/** What a signed head lets a gateway do, once it has applied so much of the log. */
export interface LeaseOffer {
  readonly size: number;
  readonly leaseSeconds: number;
  /** When the request was sent, on the host's clock: the head was read later, so the lease errs to the short side. */
  readonly sentAtMonotonicMs: number;
  /** Names the request, and so its reply. */
  readonly nonce: string;
}

/** Heads of different sizes that wait for their records; beyond, the oldest goes, whose lease would be over soonest. */
const MAX_WAITING = 128;

/**
 * The right to answer "allowed": it counts from when the head was asked for, and begins once that head's records are
 * applied. A newer head replaces an older one, also by a shorter lease. Nothing but such a reply extends it.
 */
export class Lease {
  private _held: LeaseOffer | null = null;
  private _endsAtMs = Number.NEGATIVE_INFINITY;
  private waiting: LeaseOffer[] = [];
  private isEnded = false;

  /** The reply that is held, or null before the first. */
  get held(): LeaseOffer | null {
    return this._held;
  }

  /** On the host's clock. */
  get endsAtMs(): number {
    return this._endsAtMs;
  }

  holds(nowMs: number): boolean {
    return nowMs < this._endsAtMs;
  }

  /** A head has come; it takes effect at once if its records are applied. */
  offer(offer: LeaseOffer, appliedSize: number): void {
    if (this.isEnded) return;
    this.keep(offer);
    this.applied(appliedSize);
  }

  /** Nothing is allowed from now on, whatever is offered later: the process stops. */
  end(): void {
    this.isEnded = true;
    this.waiting = [];
    this._endsAtMs = Number.NEGATIVE_INFINITY;
  }

  /** Records up to this one are applied. */
  applied(appliedSize: number): void {
    if (this.waiting.length === 0) return;
    for (const offer of this.waiting) if (offer.size <= appliedSize) this.take(offer);
    this.waiting = this.waiting.filter((offer) => offer.size > appliedSize);
  }

  /**
   * Of one size only the newest can matter: a gateway that catches up with a log at rest asks many times before its
   * records are applied.
   */
  private keep(offer: LeaseOffer): void {
    const sameSize = this.waiting.findIndex(({ size }) => size === offer.size);
    const before = this.waiting[sameSize];
    if (before === undefined) this.waiting.push(offer);
    else if (before.sentAtMonotonicMs < offer.sentAtMonotonicMs) this.waiting[sameSize] = offer;
    if (this.waiting.length > MAX_WAITING) this.waiting.shift();
  }

  private take(offer: LeaseOffer): void {
    if (this._held !== null && offer.sentAtMonotonicMs < this._held.sentAtMonotonicMs) return;
    this._held = offer;
    this._endsAtMs = offer.sentAtMonotonicMs + offer.leaseSeconds * 1_000;
  }
}
