import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { decideApiKey, demand, type RevocationReason, SETTINGS_STREAM } from '@keyfold/domain';
import type { Caller } from '../../../http/caller.js';
import { RevocableKeys, type RevocationFilter } from '../../../tables/revocable-keys.js';
import { Causes } from '../../../write/causes.js';
import type { Reading, Written } from '../../../write/decision.js';
import { StreamReader } from '../../../write/stream-reader.js';
import type { WriteRequest } from '../../../write/write-request.js';
import { Writer } from '../../../write/writer.js';
import { type KeySituation, KeySituationReader } from '../key-situation.js';

/** Keys that one transaction revokes record by record. */
export const MAX_LISTED_KEYS = 1_000;

/** Revokes keys that no fact could name, each by a record of its own, all in one transaction. */
export class RevokeListedApiKeys extends Command<Written> {
  constructor(
    readonly write: WriteRequest,
    readonly caller: Caller,
    readonly filter: RevocationFilter,
    readonly reason: RevocationReason,
  ) {
    super();
  }
}

interface ListedSituation {
  readonly keys: readonly { readonly keyId: string; readonly situation: KeySituation }[];
  readonly areTooMany: boolean;
}

/** @throws DomainError TOO_MANY_KEYS */
export function demandFewKeys(areTooMany: boolean): void {
  demand(!areTooMany, 'TOO_MANY_KEYS', `At most ${MAX_LISTED_KEYS} keys are revoked at once by ids or by last use.`);
}

@CommandHandler(RevokeListedApiKeys)
export class RevokeListedApiKeysHandler implements ICommandHandler<RevokeListedApiKeys> {
  // eslint-disable-next-line max-params -- Nest injects by constructor
  constructor(
    private readonly writer: Writer,
    private readonly keys: RevocableKeys,
    private readonly situations: KeySituationReader,
    private readonly streams: StreamReader,
    private readonly causes: Causes,
  ) {}

  execute({ caller, filter, reason, write }: RevokeListedApiKeys): Promise<Written> {
    return this.writer.run(write, () => ({
      resource: SETTINGS_STREAM,
      read: () => this.read(filter),
      decide: ({ areTooMany, keys }) => {
        demandFewKeys(areTooMany);
        return keys.flatMap(({ keyId, situation: { context, key } }) =>
          decideApiKey({ type: 'RevokeApiKey', by: caller.authority, keyId, reason, note: null }, key, context),
        );
      },
      cause: () => this.causeOf(filter),
      answer: (_situation, { records }) => ({ status: 200, body: { revoked: records.length } }),
    }));
  }

  /** Of one key; several were not revoked by one record. */
  private async causeOf({ keyIds }: RevocationFilter): Promise<number | null> {
    const [keyId, ...others] = keyIds ?? [];
    return keyId === undefined || others.length > 0 ? null : this.causes.revocation(keyId);
  }

  /** The keys are found in the read model and judged on the log, whose versions the append compares. */
  private async read(filter: RevocationFilter): Promise<Reading<ListedSituation>> {
    const [settings, found] = await Promise.all([this.streams.settings(), this.keys.list(filter, MAX_LISTED_KEYS + 1)]);
    if (found.length > MAX_LISTED_KEYS) return { state: { keys: [], areTooMany: true }, streams: [settings] };
    // In the same event-loop turn, so that their streams are read together.
    const readings = await Promise.all(found.map(({ keyId, userId }) => this.situations.read(keyId, userId)));
    const streams = new Map(
      [settings, ...readings.flatMap((reading) => reading.streams)].map((read) => [read.stream, read]),
    );
    const keys = found.map(({ keyId }, index) => ({
      keyId,
      situation: (readings[index] as (typeof readings)[0]).state,
    })); // one for each
    return { state: { keys, areTooMany: false }, streams: [...streams.values()] };
  }
}
