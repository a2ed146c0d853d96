import type { AccessReason } from '@keyfold/domain';
import type { Pass, StandingAccess } from './standing-access.js';

/** A request under way or an upgraded connection. */
export interface LiveConnection {
  readonly pass: Pass;
  /** Ends it, on both sides, since its key does not pass any more. */
  end(reason: AccessReason): void;
}

/** For what no record announces: an expiry, the end of a grace or of the lease. */
const CHECK_INTERVAL_MS = 250;
/** Batches that follow each other closely are looked at together. */
const AFTER_BATCH_MS = 20;

/**
 * What is open, so that it ends when its key stops passing. Each is decided anew a few times a second, and soon after each batch of records.
 */
export class LiveConnections {
  readonly #byKey = new Map<string, Set<LiveConnection>>();
  readonly #interval: NodeJS.Timeout;
  #soon: NodeJS.Timeout | undefined;
  #size = 0;
  #isClosed = false;

  constructor(private readonly access: StandingAccess) {
    this.#interval = setInterval(() => {
      this.check();
    }, CHECK_INTERVAL_MS);
    this.#interval.unref();
  }

  get size(): number {
    return this.#size;
  }

  add(connection: LiveConnection): void {
    const { keyId } = connection.pass;
    const ofKey = this.#byKey.get(keyId);
    if (ofKey === undefined) this.#byKey.set(keyId, new Set([connection]));
    else ofKey.add(connection);
    this.#size++;
  }

  remove(connection: LiveConnection): void {
    const { keyId } = connection.pass;
    const ofKey = this.#byKey.get(keyId);
    if (ofKey?.delete(connection) !== true) return;
    this.#size--;
    if (ofKey.size === 0) this.#byKey.delete(keyId);
  }

  /** Records were applied. */
  applied(): void {
    if (this.#size === 0 || this.#soon !== undefined || this.#isClosed) return;
    this.#soon = setTimeout(() => {
      this.#soon = undefined;
      this.check();
    }, AFTER_BATCH_MS);
  }

  /** Ends what was upgraded: nobody knows when it would end by itself. */
  endUpgraded(): void {
    for (const connections of [...this.#byKey.values()])
      for (const connection of [...connections]) if (connection.pass.limits.isUpgrade) connection.end('OVERLOADED');
  }

  /** Stops checking and ends whatever is still open. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#interval);
    clearTimeout(this.#soon);
    for (const connections of [...this.#byKey.values()])
      for (const connection of [...connections]) connection.end('OVERLOADED');
  }

  private check(): void {
    for (const [keyId, connections] of [...this.#byKey]) {
      if (this.checkKey(connections)) continue;
      this.access.fetch(keyId).then(
        () => {
          this.checkKey(connections, 'UNKNOWN_KEY');
        },
        () => {
          // Nobody can say that the key still passes.
          this.checkKey(connections, 'OVERLOADED');
        },
      );
    }
  }

  /** @returns false if the key is not in memory and no reason was given for that case */
  private checkKey(connections: Set<LiveConnection>, reasonIfUnknown?: AccessReason): boolean {
    for (const connection of [...connections]) {
      const reason = this.access.reasonAgainst(connection.pass);
      if (reason === undefined && reasonIfUnknown === undefined) return false;
      const against = reason === undefined ? reasonIfUnknown : reason;
      if (against !== null && against !== undefined) connection.end(against);
    }
    return true;
  }
}
