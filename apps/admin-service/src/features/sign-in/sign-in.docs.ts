import { type FeatureDocs, operation, operationsOf } from '../../http/api-docs.js';
import type { AccountController } from './account.controller.js';
import type { SessionsController } from './sessions.controller.js';
import type { SignInOptionsController } from './sign-in-options.controller.js';
import type { UserSessionsController } from './user-sessions.controller.js';

export const signInDocs: FeatureDocs = {
  tag: { name: 'Sign-in', description: "Sessions, passwords and the caller's own account." },
  operations: {
    ...operationsOf<SignInOptionsController>('SignInOptions', {
      read: operation('readSignInOptions', 'Read the ways to sign in', [], {
        notes: 'Also says whether the caller is signed in, without a 401 if not.',
      }),
    }),
    ...operationsOf<SessionsController>('Sessions', {
      signIn: operation(
        'signIn',
        'Sign in with a password',
        ['INVALID_CREDENTIALS', 'PERMISSION_DENIED', 'TOO_MANY_REQUESTS'],
        {
          notes:
            'The token is also set as a cookie, out of reach of scripts and other sites. After 10 failures for an account from one network, or 100 from an address, within 15 minutes sign-in is held back; an address from which the account has signed in before is not held back by failures from elsewhere.',
        },
      ),
      list: operation('listOwnSessions', 'List your own sessions', [], { notes: 'Newest first.' }),
      signOut: operation('signOut', 'Sign out', ['NOT_FOUND'], {
        notes: 'Ends the session that the request is part of.',
      }),
      end: operation('endOwnSession', 'End one of your own sessions', ['NOT_FOUND']),
    }),
    ...operationsOf<UserSessionsController>('UserSessions', {
      list: operation('listUserSessions', 'List the sessions of a user', ['NOT_FOUND'], { notes: 'Newest first.' }),
      endAll: operation('endUserSessions', 'End all sessions of a user', ['NOT_FOUND']),
      end: operation('endUserSession', 'End a session of a user', ['NOT_FOUND']),
    }),
    ...operationsOf<AccountController>('Account', {
      me: operation('readMe', 'Read your own account'),
      changeOwn: operation(
        'changeOwnPassword',
        'Change your own password',
        ['WRONG_PASSWORD', 'PASSWORD_REFUSED', 'VERSION_CONFLICT'],
        {
          notes: "Ends the user's other sessions.",
        },
      ),
      set: operation(
        'setUserPassword',
        'Set the password of a user',
        ['NOT_FOUND', 'USER_ERASED', 'PASSWORD_REFUSED', 'VERSION_CONFLICT'],
        {
          notes:
            'Ends all sessions of the user. A caller cannot do this to a user who has permissions beyond their own.',
        },
      ),
    }),
  },
  members: {
    SignIn: {
      username: '1 to 128 characters; upper case is folded to lower.',
      password: 'At most 1,024 characters.',
    },
    SignedIn: {
      token: 'Session token, to be sent as `Authorization: Bearer`. Only this answer contains it.',
      expiresAt: 'When the session ends at the latest.',
      user: 'Who signed in.',
    },
    SignInOptions: {
      signedIn: 'Whether this request has the cookie of a running session.',
      password: 'Whether users can sign in with a password; always true.',
      oidc: 'Sign-in by the identity provider; null if none is configured.',
      'oidc.startUrl': 'Where to send the browser.',
      'oidc.label': 'Name of the identity provider, for the button.',
    },
    Session: {
      id: 'Opaque id.',
      createdAt: 'When it began.',
      lastSeenAt: 'Last request, to within 30 seconds.',
      expiresAt: 'When it ends at the latest.',
      address: 'IP address from which it began.',
      userAgent: '`User-Agent` of the browser, at most 200 characters.',
      current: 'Whether this request is part of it.',
    },
    ChangePassword: {
      currentPassword: 'At most 1,024 characters.',
      newPassword: '12 to 1,024 characters, not a common one.',
    },
    SetPassword: { newPassword: '12 to 1,024 characters, not a common one.' },
  },
};
