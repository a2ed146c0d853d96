import type { AccessReason } from '@keyfold/domain';
import type { Pass, StandingAccess } from '../authentication/standing-access.js';
import type { OpenConnections } from '../operations/open-connections.js';

/** A request under way or an upgraded connection. */
export interface LiveConnection {
  readonly pass: Pass;
  /** Closes both sides, since the key does not pass any more. */
  end(reason: AccessReason): void;
}

/** Requests under way and upgraded connections together. */
export interface ConnectionLimits {
  readonly all: number;
  /** So that one key cannot take the places of all others. */
  readonly perKey: number;
}

/** For what no record announces: an expiry, the end of a grace or of the lease. */
const CHECK_INTERVAL_MS = 250;
/** Batches that follow each other closely are looked at together. */
const AFTER_BATCH_MS = 20;

/**
 * What is open, so that it ends when its key stops passing. Each is decided anew a few times a second, and soon after
 * each batch of records.
 */
export class LiveConnections {
  /** Preflights, which have no key, share the place of one. */
  private readonly byKey = new Map<string | null, Set<LiveConnection>>();
  private readonly interval: NodeJS.Timeout;
  private soon: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    private readonly access: StandingAccess,
    private readonly limits: ConnectionLimits,
    private readonly open: OpenConnections,
  ) {
    this.interval = setInterval(() => {
      this.check();
    }, CHECK_INTERVAL_MS);
    this.interval.unref();
  }

  /** Whether one more would be too many, and for whom; counted as turned away. */
  refuses({ keyId }: Pass): 'for-key' | 'for-all' | null {
    if (this.size >= this.limits.all) {
      this.open.refusedForAll++;
      return 'for-all';
    }
    if ((this.byKey.get(keyId)?.size ?? 0) < this.limits.perKey) return null;
    this.open.refusedForKey++;
    return 'for-key';
  }

  add(connection: LiveConnection): void {
    const { keyId } = connection.pass;
    const ofKey = this.byKey.get(keyId);
    if (ofKey === undefined) this.byKey.set(keyId, new Set([connection]));
    else ofKey.add(connection);
    this.count(connection, 1);
  }

  remove(connection: LiveConnection): void {
    const { keyId } = connection.pass;
    const ofKey = this.byKey.get(keyId);
    if (ofKey?.delete(connection) !== true) return;
    this.count(connection, -1);
    if (ofKey.size === 0) this.byKey.delete(keyId);
  }

  /** Whether who was let in would be let in now; false also if it cannot be told at once. */
  stands(pass: Pass): boolean {
    return this.access.reasonAgainst(pass) === null;
  }

  /** Records were applied. */
  applied(): void {
    if (this.size === 0 || this.soon !== undefined || this.isClosed) return;
    this.soon = setTimeout(() => {
      this.soon = undefined;
      this.check();
    }, AFTER_BATCH_MS);
  }

  /** Ends what was upgraded: nobody knows when it would end by itself. */
  endUpgraded(): void {
    for (const connections of [...this.byKey.values()])
      for (const connection of [...connections]) if (connection.pass.limits.isUpgrade) connection.end('OVERLOADED');
  }

  /** Stops checking and ends whatever is still open. */
  close(): void {
    this.isClosed = true;
    clearInterval(this.interval);
    clearTimeout(this.soon);
    for (const connections of [...this.byKey.values()])
      for (const connection of [...connections]) connection.end('OVERLOADED');
  }

  private get size(): number {
    return this.open.requests + this.open.upgraded;
  }

  private count({ pass }: LiveConnection, by: 1 | -1): void {
    if (pass.limits.isUpgrade) this.open.upgraded += by;
    else this.open.requests += by;
  }

  private check(): void {
    for (const [keyId, connections] of [...this.byKey]) {
      if (keyId === null || this.checkKey(connections)) continue;
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
