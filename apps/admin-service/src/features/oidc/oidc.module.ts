import { Module } from '@nestjs/common';
import { SignInModule } from '../sign-in/sign-in.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccountSituationReader } from './account-situation.js';
import { BearerTokens } from './bearer-tokens.js';
import { FlowStore } from './flow-store.js';
import { IdentitiesController } from './identities.controller.js';
import { LinkIdentityHandler } from './link-identity.js';
import { LinkedIdentities } from './linked-identities.js';
import { OidcController } from './oidc.controller.js';
import { OidcAccounts } from './oidc-accounts.js';
import { OidcIssuer } from './oidc-issuer.js';
import { OidcSignIn } from './oidc-sign-in.js';
import { UnlinkIdentityHandler } from './unlink-identity.js';

/** Sign-in through an OpenID provider, and the identities that link users to it. */
@Module({
  imports: [UsersModule, SignInModule],
  controllers: [OidcController, IdentitiesController],
  providers: [
    OidcIssuer,
    FlowStore,
    AccountSituationReader,
    OidcAccounts,
    OidcSignIn,
    BearerTokens,
    LinkedIdentities,
    LinkIdentityHandler,
    UnlinkIdentityHandler,
  ],
  exports: [BearerTokens],
})
export class OidcModule {}
