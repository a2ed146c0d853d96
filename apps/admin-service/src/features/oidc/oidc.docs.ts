import { type FeatureDocs, operation, operationsOf } from '../../http/api-docs.js';
import type { IdentitiesController } from './identities.controller.js';
import type { OidcController } from './oidc.controller.js';

export const oidcDocs: FeatureDocs = {
  tag: { name: 'OpenID Connect', description: 'Sign-in through an identity provider.' },
  operations: {
    ...operationsOf<OidcController>('Oidc', {
      start: operation('startOidcSignIn', 'Start a sign-in at the identity provider', ['NOT_FOUND'], {
        notes: 'Redirects the browser to the identity provider (authorisation code with PKCE).',
        parameters: { returnTo: 'Path of this service to which the browser goes afterwards.' },
      }),
      callback: operation(
        'finishOidcSignIn',
        'Finish a sign-in at the identity provider',
        ['UNAUTHENTICATED', 'PERMISSION_DENIED', 'NOT_FOUND', 'USERNAME_TAKEN'],
        {
          alsoAnswers: { 'text/html': 'A page that leads to the path given as returnTo.' },
          notes: 'The session is set as a cookie. After a start with returnTo the answer is a page that leads there.',
          parameters: {
            state: 'The state that the start made.',
            code: 'The authorisation code.',
            error: 'Why the identity provider refuses.',
            iss: 'The issuer (RFC 9207).',
          },
        },
      ),
    }),
    ...operationsOf<IdentitiesController>('Identities', {
      list: operation('listUserOidcIdentities', 'List the identities of a user', ['NOT_FOUND'], {
        notes: 'In the order of linking.',
      }),
      unlink: operation('unlinkOidcIdentity', 'Unlink an identity from a user', ['NOT_FOUND', 'VERSION_CONFLICT'], {
        notes:
          'A sign-in with it is no longer one of this user: it makes a new user where that is configured, and is refused elsewhere. Sessions go on; end them as well where the identity is not trusted any more. A caller cannot do this to a user who has permissions beyond their own.',
        parameters: { identityId: 'Id of the identity, as the list gives it.' },
      }),
      link: operation(
        'linkOidcIdentity',
        'Link an identity to a user',
        ['NOT_FOUND', 'IDENTITY_TAKEN', 'USER_ERASED', 'VERSION_CONFLICT'],
        { notes: 'From then on a sign-in with this identity at the configured issuer is one of this user.' },
      ),
    }),
  },
  members: {
    OidcIdentity: {
      id: 'Opaque id of the identity.',
      issuer: 'URL of the issuer.',
      subject: '`sub` of the identity there; null once erased.',
      linkedAt: 'When it was linked, by an administrator or by the first sign-in with it.',
    },
    LinkOidcIdentity: { subject: '`sub` of the identity at the issuer, 1 to 255 characters.' },
  },
};
