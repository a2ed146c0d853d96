import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ProblemError } from '@keyfold/service-kit';
import type { Caller } from '../../http/caller.js';
import type { Written } from '../../write/decision.js';
import type { WriteRequest } from '../../write/write-request.js';
import { Writer } from '../../write/writer.js';
import { UserDecisions } from '../users/user-decision.js';
import { OidcIssuer } from './oidc-issuer.js';
import { refuseTakenIdentity } from './taken-identity.js';

/**
 * An administrator says whose an identity of the issuer is. Nothing links by user name or e-mail: at many issuers
 * people choose those themselves.
 */
export class LinkIdentity extends Command<Written> {
  constructor(
    readonly write: WriteRequest,
    readonly caller: Caller,
    readonly userId: string,
    readonly subject: string,
  ) {
    super();
  }
}

@CommandHandler(LinkIdentity)
export class LinkIdentityHandler implements ICommandHandler<LinkIdentity> {
  constructor(
    private readonly writer: Writer,
    private readonly decisions: UserDecisions,
    private readonly issuer: OidcIssuer,
  ) {}

  execute({ write, caller, userId, subject }: LinkIdentity): Promise<Written> {
    const { url: issuer } = this.issuer;
    if (issuer === undefined) throw new ProblemError(404, 'NOT_FOUND', 'Sign-in by OpenID Connect is not configured.');
    const command = { type: 'LinkOidcIdentity', userId, by: caller.authority, issuer, subject } as const;
    return this.writer.run(write, () =>
      this.decisions.make(command, {
        status: 200,
        guard: (tx) => refuseTakenIdentity(tx, userId, { issuer, subject }),
      }),
    );
  }
}
