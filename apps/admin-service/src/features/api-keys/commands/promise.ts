import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { apiKeyStream, decideApiKey, type TermsRequest } from '@keyfold/domain';
import type { Caller } from '../../../http/caller.js';
import { Database } from '../../../platform/database.js';
import type { Decision, Written } from '../../../write/decision.js';
import type { WriteRequest } from '../../../write/write-request.js';
import { Writer } from '../../../write/writer.js';
import { limitBeforeExpiry, refuseTooManyKeys } from '../key-limit.js';
import { KeyMaker } from '../key-maker.js';
import { type KeySituation, KeySituationReader, resourceAfter } from '../key-situation.js';

/** Issues a key for somebody else: it has no secret until its owner claims it. */
export class PromiseApiKey extends Command<Written> {
  constructor(
    readonly write: WriteRequest,
    readonly caller: Caller,
    readonly userId: string,
    readonly terms: Omit<TermsRequest, 'userId' | 'nowMs'>,
  ) {
    super();
  }
}

@CommandHandler(PromiseApiKey)
export class PromiseApiKeyHandler implements ICommandHandler<PromiseApiKey> {
  constructor(
    private readonly writer: Writer,
    private readonly maker: KeyMaker,
    private readonly situations: KeySituationReader,
    private readonly database: Database,
  ) {}

  execute(command: PromiseApiKey): Promise<Written> {
    return this.writer
      .run(command.write, () => this.decision(command, this.maker.newId()))
      .catch((error: unknown) => limitBeforeExpiry(this.database, command.userId, error));
  }

  private decision({ caller, userId, terms }: PromiseApiKey, keyId: string): Decision<KeySituation> {
    return {
      resource: apiKeyStream(keyId),
      read: () => this.situations.readNew(keyId, userId),
      decide: ({ key, context, nowMs }) =>
        decideApiKey({ type: 'PromiseApiKey', by: caller.authority, ...terms, userId, keyId, nowMs }, key, context),
      guard: (tx, { context, nowMs }) => refuseTooManyKeys(tx, userId, { nowMs, settings: context.settings.settings }),
      answer: (situation, appended) => ({
        status: 201,
        body: resourceAfter(situation, keyId, appended),
        personal: { kind: 'api-key', id: keyId },
      }),
    };
  }
}
