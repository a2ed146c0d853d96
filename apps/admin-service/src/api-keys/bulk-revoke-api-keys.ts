import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { decideSettings, SETTINGS_STREAM, type RevocationReason, type SettingsState } from '@keyfold/domain';
import type { Reading, Written } from '../decisions/decision.js';
import { StreamReader } from '../decisions/stream-reader.js';
import { Writer } from '../decisions/writer.js';
import type { WriteRequest } from '../http/write-request.js';
import { ApiKeyCounts, type BulkFilter } from '../read-models/api-key-counts.js';

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
  readonly affectedKeys: number;
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
      decide: ({ settings, affectedKeys }) =>
        decideSettings({ type: 'BulkRevokeApiKeys', filter, reason, affectedKeys }, settings),
      answer: ({ affectedKeys }) => ({ status: 200, body: { revoked: affectedKeys } }),
    }));
  }

  /**
   * Counted outside the head lock, since counting takes as long as there are keys. A key that is issued between the count and the record is
   * revoked as well; the settings' version makes sure that no key is counted twice by two revocations.
   */
  private async read(filter: BulkFilter): Promise<Reading<BulkSituation>> {
    const settings = await this.streams.settings();
    const affectedKeys = await this.counts.notRevoked(filter);
    return { state: { settings: settings.state, affectedKeys }, streams: [settings] };
  }
}
