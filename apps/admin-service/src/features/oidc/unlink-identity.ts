import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ProblemError } from '@keyfold/service-kit';
import type { Caller } from '../../http/caller.js';
import { UserQueries } from '../../tables/user-queries.js';
import type { Written } from '../../write/decision.js';
import type { WriteRequest } from '../../write/write-request.js';
import { Writer } from '../../write/writer.js';
import { UserDecisions } from '../users/user-decision.js';
import { identityId } from './identity-resource.js';

/** An administrator takes an identity from a user: it signs in as this user no more. */
export class UnlinkIdentity extends Command<Written> {
  constructor(
    readonly write: WriteRequest,
    readonly caller: Caller,
    readonly userId: string,
    /** As the list of identities gives it. */
    readonly id: string,
  ) {
    super();
  }
}

@CommandHandler(UnlinkIdentity)
export class UnlinkIdentityHandler implements ICommandHandler<UnlinkIdentity> {
  constructor(
    private readonly users: UserQueries,
    private readonly writer: Writer,
    private readonly decisions: UserDecisions,
  ) {}

  /** @throws ProblemError 404 */
  async execute({ write, caller, userId, id }: UnlinkIdentity): Promise<Written> {
    const user = await this.users.find(userId);
    const identity = user?.state.oidcIdentities.find((one) => identityId(one) === id);
    if (identity === undefined || identity.subject === null)
      throw new ProblemError(404, 'NOT_FOUND', 'There is no such identity.');
    const { issuer, subject } = identity;
    const command = { type: 'UnlinkOidcIdentity', userId, by: caller.authority, issuer, subject } as const;
    return this.writer.run(write, () => this.decisions.make(command, { status: 204 }));
  }
}
