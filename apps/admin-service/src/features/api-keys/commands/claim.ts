import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { apiKeyStream, decideApiKey } from '@keyfold/domain';
import type { Caller } from '../../../http/caller.js';
import { ApiKeyQueries } from '../../../tables/api-key-queries.js';
import type { Decision } from '../../../write/decision.js';
import type { WriteRequest } from '../../../write/write-request.js';
import { Writer } from '../../../write/writer.js';
import { KeyMaker, type MadeApiKey } from '../key-maker.js';
import { type KeySituation, KeySituationReader, resourceAfter } from '../key-situation.js';
import { findOwn } from '../own-key.js';
import type { KeyMade } from './issue.js';

/** The owner of a promised key has its secret made, and is the only one to see it. */
export class ClaimApiKey extends Command<KeyMade> {
  constructor(
    readonly write: WriteRequest,
    readonly caller: Caller,
    readonly keyId: string,
  ) {
    super();
  }
}

@CommandHandler(ClaimApiKey)
export class ClaimApiKeyHandler implements ICommandHandler<ClaimApiKey> {
  constructor(
    private readonly writer: Writer,
    private readonly maker: KeyMaker,
    private readonly keys: ApiKeyQueries,
    private readonly situations: KeySituationReader,
  ) {}

  async execute({ write, caller, keyId }: ClaimApiKey): Promise<KeyMade> {
    let made: MadeApiKey | undefined;
    const written = await this.writer.run(write, async () => {
      await findOwn(this.keys, keyId, caller);
      made = await this.maker.make(keyId);
      return this.decision(caller, made);
    });
    return { written, key: written.isReplay ? null : (made?.key ?? null) };
  }

  private decision(caller: Caller, { keyId, secretHash, hint }: MadeApiKey): Decision<KeySituation> {
    return {
      resource: apiKeyStream(keyId),
      read: () => this.situations.read(keyId, caller.userId),
      decide: ({ key, context, nowMs }) =>
        decideApiKey({ type: 'ClaimApiKey', by: caller.authority, keyId, secretHash, hint, nowMs }, key, context),
      answer: (situation, appended) => ({
        status: 200,
        body: resourceAfter(situation, keyId, appended),
        personal: { kind: 'api-key', id: keyId },
      }),
    };
  }
}
