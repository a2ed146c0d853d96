import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { apiKeyStream, decideApiKey, type RevocationReason } from '@keyfold/domain';
import { ProblemError } from '@keyfold/service-kit';
import type { Caller } from '../../../http/caller.js';
import { ApiKeyQueries } from '../../../tables/api-key-queries.js';
import { Causes } from '../../../write/causes.js';
import type { Written } from '../../../write/decision.js';
import type { WriteRequest } from '../../../write/write-request.js';
import { Writer } from '../../../write/writer.js';
import { KeySituationReader, resourceAfter } from '../key-situation.js';

export class RevokeApiKey extends Command<Written> {
  constructor(
    readonly write: WriteRequest,
    readonly caller: Caller,
    readonly keyId: string,
    readonly revocation: { readonly reason: RevocationReason; readonly note: string | null },
  ) {
    super();
  }
}

@CommandHandler(RevokeApiKey)
export class RevokeApiKeyHandler implements ICommandHandler<RevokeApiKey> {
  constructor(
    private readonly writer: Writer,
    private readonly keys: ApiKeyQueries,
    private readonly situations: KeySituationReader,
    private readonly causes: Causes,
  ) {}

  execute({ write, caller, keyId, revocation }: RevokeApiKey): Promise<Written> {
    return this.writer.run(write, async () => {
      const known = await this.keys.findOwner(keyId);
      if (!known) throw new ProblemError(404, 'NOT_FOUND', 'There is no such key.');
      const { lastUsedAt, userId } = known;
      return {
        resource: apiKeyStream(keyId),
        read: () => this.situations.read(keyId, userId),
        decide: ({ key, context }) =>
          decideApiKey({ type: 'RevokeApiKey', by: caller.authority, keyId, ...revocation }, key, context),
        cause: () => this.causes.revocation(keyId),
        answer: (situation, appended) => ({
          status: 200,
          body: resourceAfter(situation, keyId, appended, lastUsedAt),
          personal: { kind: 'api-key', id: keyId },
        }),
      };
    });
  }
}
