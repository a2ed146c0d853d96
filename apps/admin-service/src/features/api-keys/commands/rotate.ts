import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { apiKeyStream, decideApiKey, type ExpiryRequest, initialApiKeyState } from '@keyfold/domain';
import type { Caller } from '../../../http/caller.js';
import { ApiKeyQueries } from '../../../tables/api-key-queries.js';
import type { Decision, Reading } from '../../../write/decision.js';
import type { WriteRequest } from '../../../write/write-request.js';
import { Writer } from '../../../write/writer.js';
import { KeyMaker, type MadeApiKey } from '../key-maker.js';
import { type KeySituation, KeySituationReader, resourceAfter } from '../key-situation.js';
import { findOwn } from '../own-key.js';
import type { KeyMade } from './issue.js';

/** Replaces a key by a successor on the same terms; the old one passes until its grace ends. */
export class RotateApiKey extends Command<KeyMade> {
  constructor(
    readonly write: WriteRequest,
    readonly caller: Caller,
    readonly keyId: string,
    readonly rotation: { readonly graceSeconds: number; readonly expiry: ExpiryRequest | null },
  ) {
    super();
  }
}

@CommandHandler(RotateApiKey)
export class RotateApiKeyHandler implements ICommandHandler<RotateApiKey> {
  constructor(
    private readonly writer: Writer,
    private readonly maker: KeyMaker,
    private readonly keys: ApiKeyQueries,
    private readonly situations: KeySituationReader,
  ) {}

  async execute(command: RotateApiKey): Promise<KeyMade> {
    let made: MadeApiKey | undefined;
    const written = await this.writer.run(command.write, async () => {
      await findOwn(this.keys, command.keyId, command.caller);
      made = await this.maker.make();
      return this.decision(command, made);
    });
    return { written, key: written.isReplay ? null : (made?.key ?? null) };
  }

  // Without a guard on the number of keys: one active key takes the place of another.
  private decision({ caller, keyId, rotation }: RotateApiKey, successor: MadeApiKey): Decision<KeySituation> {
    const { keyId: successorId, secretHash, hint } = successor;
    const secret = { successorId, secretHash, hint };
    return {
      resource: apiKeyStream(keyId),
      answers: apiKeyStream(successorId),
      read: () => this.read(keyId, caller.userId, successorId),
      decide: ({ key, context, nowMs }) =>
        decideApiKey(
          { type: 'RotateApiKey', by: caller.authority, keyId, ...rotation, ...secret, nowMs },
          key,
          context,
        ),
      answer: (situation, appended) => ({
        status: 201,
        body: resourceAfter({ ...situation, key: initialApiKeyState }, successorId, appended),
        personal: { kind: 'api-key', id: successorId },
      }),
    };
  }

  private async read(keyId: string, ownerId: string, successorId: string): Promise<Reading<KeySituation>> {
    const { state, streams } = await this.situations.read(keyId, ownerId);
    return { state, streams: [...streams, { stream: apiKeyStream(successorId), version: 0 }] };
  }
}
