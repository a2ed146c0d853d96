import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { apiKeyStream, decideApiKey, type ExistingApiKey, SYSTEM } from '@keyfold/domain';
import { ApiKeyQueries } from '../../../tables/api-key-queries.js';
import type { WriteRequest } from '../../../write/write-request.js';
import { Writer } from '../../../write/writer.js';
import { resourceOfKey } from '../api-key-resource.js';
import { KeyChecker } from '../key-checker.js';
import { KeySituationReader, resourceAfter } from '../key-situation.js';

/** Somebody has found what may be a key where it should not be. */
export class ReportLeak extends Command<void> {
  constructor(
    readonly write: WriteRequest,
    readonly text: string,
  ) {
    super();
  }
}

/** Revokes the key, if it is one: whoever holds the whole key could sign in with it, and so may end it. */
@CommandHandler(ReportLeak)
export class ReportLeakHandler implements ICommandHandler<ReportLeak> {
  constructor(
    private readonly writer: Writer,
    private readonly checker: KeyChecker,
    private readonly keys: ApiKeyQueries,
    private readonly situations: KeySituationReader,
  ) {}

  async execute({ write, text }: ReportLeak): Promise<void> {
    const parsed = this.checker.parse(text);
    if (!parsed.ok) return;
    const known = await this.keys.find(parsed.keyId);
    // The hash is only computed for a key that a report can still end, so that reporting one key again and again costs
    // nothing.
    if (!known || resourceOfKey(known).status === 'revoked') return;
    if (await this.checker.proves(parsed.secret, known.key.secretHash)) await this.revoke(write, known.key);
  }

  private async revoke(write: WriteRequest, { keyId, userId }: ExistingApiKey): Promise<void> {
    await this.writer.run(write, () => ({
      resource: apiKeyStream(keyId),
      read: () => this.situations.read(keyId, userId),
      decide: ({ key, context }) =>
        decideApiKey({ type: 'RevokeApiKey', by: SYSTEM, keyId, reason: 'KEY_COMPROMISE', note: null }, key, context),
      answer: (situation, appended) => ({ status: 202, body: resourceAfter(situation, keyId, appended) }),
    }));
  }
}
