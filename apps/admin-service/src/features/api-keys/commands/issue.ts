import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { apiKeyStream, decideApiKey, type TermsRequest } from '@keyfold/domain';
import type { Answer } from '../../../http/answer.js';
import type { Caller } from '../../../http/caller.js';
import { createdAnswer, writtenAnswer } from '../../../http/written-answer.js';
import { Database } from '../../../platform/database.js';
import type { Decision, Written } from '../../../write/decision.js';
import type { WriteRequest } from '../../../write/write-request.js';
import { Writer } from '../../../write/writer.js';
import { limitBeforeExpiry, refuseTooManyKeys } from '../key-limit.js';
import { KeyMaker, type MadeApiKey } from '../key-maker.js';
import { type KeySituation, KeySituationReader, resourceAfter } from '../key-situation.js';

/** A write that makes a key. The key itself is null for a replay: it exists in the first answer alone. */
export interface KeyMade {
  readonly written: Written;
  readonly key: string | null;
}

/** The answer of a write that makes a key. */
export function withKey({ written, key }: KeyMade): Answer<unknown> {
  const body = { ...written.body, key, ...(written.isReplay ? { replayed: true } : {}) };
  return written.status === 201 ? createdAnswer(written, '/v1/api-keys', body) : writtenAnswer(written, body);
}

export class IssueApiKey extends Command<KeyMade> {
  constructor(
    readonly write: WriteRequest,
    readonly caller: Caller,
    readonly terms: Omit<TermsRequest, 'userId' | 'nowMs'>,
  ) {
    super();
  }
}

@CommandHandler(IssueApiKey)
export class IssueApiKeyHandler implements ICommandHandler<IssueApiKey> {
  constructor(
    private readonly writer: Writer,
    private readonly maker: KeyMaker,
    private readonly situations: KeySituationReader,
    private readonly database: Database,
  ) {}

  async execute({ write, caller, terms }: IssueApiKey): Promise<KeyMade> {
    let made: MadeApiKey | undefined;
    const prepare = async (): Promise<Decision<KeySituation>> => {
      made = await this.maker.make();
      return this.decision(caller, terms, made);
    };
    const written = await this.writer
      .run(write, prepare)
      .catch((error: unknown) => limitBeforeExpiry(this.database, caller.userId, error));
    return { written, key: written.isReplay ? null : (made?.key ?? null) };
  }

  private decision(caller: Caller, terms: IssueApiKey['terms'], made: MadeApiKey): Decision<KeySituation> {
    const { userId } = caller;
    const { keyId, secretHash, hint } = made;
    return {
      resource: apiKeyStream(keyId),
      read: () => this.situations.readNew(keyId, userId, caller.roleIds),
      decide: ({ key, context, nowMs }) =>
        decideApiKey(
          { type: 'IssueApiKey', by: caller.authority, ...terms, userId, keyId, secretHash, hint, nowMs },
          key,
          context,
        ),
      guard: (tx, { context, nowMs }) => refuseTooManyKeys(tx, userId, { nowMs, settings: context.settings.settings }),
      answer: (situation, appended) => ({
        status: 201,
        body: resourceAfter(situation, keyId, appended),
        personal: { kind: 'api-key', id: keyId },
      }),
    };
  }
}
