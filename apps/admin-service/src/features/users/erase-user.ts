import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DomainError } from '@keyfold/domain';
import type { Caller } from '../../http/caller.js';
import { Database } from '../../platform/database.js';
import type { Written } from '../../write/decision.js';
import type { WriteRequest } from '../../write/write-request.js';
import { Writer } from '../../write/writer.js';
import { refuseLastAdministrator, UserDecisions } from './user-decision.js';

/** Destroys what is known of a person. One event; what it destroys is the projections' and the relay's part. */
export class EraseUser extends Command<Written> {
  constructor(
    readonly write: WriteRequest,
    readonly caller: Caller,
    readonly userId: string,
  ) {
    super();
  }
}

@CommandHandler(EraseUser)
export class EraseUserHandler implements ICommandHandler<EraseUser> {
  constructor(
    private readonly writer: Writer,
    private readonly decisions: UserDecisions,
    private readonly database: Database,
  ) {}

  async execute({ write, caller, userId }: EraseUser): Promise<Written> {
    try {
      const command = { type: 'EraseUser', userId, by: caller.authority } as const;
      return await this.writer.run(write, () => this.decisions.make(command, { status: 200 }));
    } catch (error) {
      // Who would have to be deactivated first, but cannot be, is told that at once.
      if (!(error instanceof DomainError) || error.code !== 'USER_ACTIVE') throw error;
      throw (await refuseLastAdministrator(this.database.pool, userId)) ?? error;
    }
  }
}
