import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { decideSettings, type RevocationReason, SETTINGS_STREAM, type SettingsState } from '@keyfold/domain';
import { type GuardVerdict, OUTDATED, type Tx } from '@keyfold/event-store';
import { ApiKeyCounts, type BulkFilter, type KeyCount, wereMadeAfter } from '../../../tables/api-key-counts.js';
import type { Reading, Written } from '../../../write/decision.js';
import { StreamReader } from '../../../write/stream-reader.js';
import type { WriteRequest } from '../../../write/write-request.js';
import { Writer } from '../../../write/writer.js';

/** Revokes all keys that match, as one fact that every decision over a key takes into account. */
export class BulkRevokeApiKeys extends Command<Written> {
  constructor(
    readonly write: WriteRequest,
    readonly filter: BulkFilter,
    readonly reason: RevocationReason,
  ) {
    super();
  }
}

interface BulkSituation {
  readonly settings: SettingsState;
  /** As it is recorded. */
  readonly filter: BulkFilter;
  readonly affected: KeyCount;
}

@CommandHandler(BulkRevokeApiKeys)
export class BulkRevokeApiKeysHandler implements ICommandHandler<BulkRevokeApiKeys> {
  constructor(
    private readonly writer: Writer,
    private readonly streams: StreamReader,
    private readonly counts: ApiKeyCounts,
  ) {}

  execute({ write, filter, reason }: BulkRevokeApiKeys): Promise<Written> {
    return this.writer.run(write, () => ({
      resource: SETTINGS_STREAM,
      read: () => this.read(filter),
      decide: ({ affected, filter: recorded, settings }) =>
        decideSettings({ type: 'BulkRevokeApiKeys', filter: recorded, reason, affectedKeys: affected.keys }, settings),
      guard: (tx, { affected, filter: recorded }) => outdatedByNewKeys(tx, recorded, affected),
      answer: ({ affected }) => ({ status: 200, body: { revoked: affected.keys } }),
    }));
  }

  /**
   * Counted outside the head lock, since counting takes as long as there are keys. A key that is issued between the
   * count and the record is revoked as well; the settings' version makes sure that no key is counted twice by two
   * revocations.
   */
  private async read(asked: BulkFilter): Promise<Reading<BulkSituation>> {
    const [settings, clocks] = await Promise.all([this.streams.settings(), this.streams.clocks()]);
    const filter = inLogTime(asked, clocks);
    const affected = await this.counts.notRevoked(filter);
    return { state: { settings: settings.state, filter, affected }, streams: [settings] };
  }
}

/**
 * Keys bear the log time, which may be ahead of every clock. Whoever names the present or the future means all keys
 * issued so far, those with a time ahead included.
 */
export function inLogTime<Filter extends BulkFilter>(
  filter: Filter,
  { nowMs, postgresMs }: { nowMs: number; postgresMs: number },
): Filter {
  const { issuedBeforeMs } = filter;
  if (issuedBeforeMs === null || issuedBeforeMs < Math.floor(postgresMs)) return filter;
  return { ...filter, issuedBeforeMs: Math.max(issuedBeforeMs, nowMs + 1) };
}

/**
 * A count of zero would append nothing and answer "revoked" for a key that was issued since. No key is ever un-revoked,
 * so zero stays zero unless a matching key was made after the count's position. A revocation that is appended concerns
 * such keys by its own position.
 */
async function outdatedByNewKeys(tx: Tx, filter: BulkFilter, { keys, position }: KeyCount): Promise<GuardVerdict> {
  return keys === 0 && (await wereMadeAfter(tx, filter, position)) ? OUTDATED : null;
}
