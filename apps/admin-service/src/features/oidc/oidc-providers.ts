import { AccountSituationReader } from './account-situation.js';
import { BearerTokens } from './bearer-tokens.js';
import { FlowStore } from './flow-store.js';
import { IdentitiesController } from './identities.controller.js';
import { LinkIdentityHandler } from './link-identity.js';
import { OidcAccounts } from './oidc-accounts.js';
import { OidcController } from './oidc.controller.js';
import { OidcIssuer } from './oidc-issuer.js';
import { OidcSignIn } from './oidc-sign-in.js';

/** What the application's module takes from this folder. */
export const oidcControllers = [OidcController, IdentitiesController];
export const oidcProviders = [
  OidcIssuer,
  FlowStore,
  AccountSituationReader,
  OidcAccounts,
  OidcSignIn,
  BearerTokens,
  LinkIdentityHandler,
];
