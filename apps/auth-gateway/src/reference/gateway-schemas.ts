import { z } from 'zod';
import { verifyRequest } from '../surfaces/verify.js';

type Schema = Readonly<Record<string, unknown>>;

const text = (description: string): Schema => ({ type: 'string', description });
const whole = (description: string): Schema => ({ type: 'integer', description });
const flag = (description: string): Schema => ({ type: 'boolean', description });
const instant = (description: string): Schema => ({ type: 'string', format: 'date-time', description });
const list = (description: string, items: Schema = { type: 'string' }): Schema => ({
  type: 'array',
  description,
  items,
});
const component = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

function object(description: string, properties: Readonly<Record<string, Schema>>, optional: string[] = []): Schema {
  return {
    type: 'object',
    description,
    properties,
    required: Object.keys(properties).filter((name) => !optional.includes(name)),
  };
}

const VERIFY_MEMBERS: Readonly<Record<string, string>> = {
  username: 'User name, at most 4,096 characters. One that cannot exist is refused like an unknown one.',
  key: 'API key, at most 4,096 characters. Text that is no key is refused like an unknown one.',
  method: 'HTTP method of the request in question, at most 64 characters. A read-only key needs it.',
  ip: 'Address of its client, at most 64 characters. A key with address ranges needs it.',
  scopes: 'Scopes that the request demands, at most 64.',
};

/** The components of the gateway's document. */
export function gatewaySchemas(): Readonly<Record<string, Schema>> {
  return {
    VerifyRequest: verifyRequestSchema(),
    Role: object('A role of the user.', { id: text('Opaque id.'), name: text('Name of the role.') }),
    IdentityUser: object('The owner of the key.', {
      id: text('Opaque id.'),
      username: text('User name, lower case.'),
      roles: list('Roles that the user holds.', component('Role')),
      permissions: list('Permissions of these roles together.'),
    }),
    IdentityKey: object('The key.', {
      id: text('Opaque id, which is part of the key itself.'),
      name: { type: ['string', 'null'], description: 'Name of the key; null if it has none.' },
      effectiveExpiresAt: instant('When it ends by the settings of now.'),
      readOnly: flag('Whether only GET, HEAD and OPTIONS pass.'),
      scopes: list('Scopes of the key; they restrict only where a scope is demanded.'),
    }),
    Identity: object('Who passed.', {
      user: component('IdentityUser'),
      key: component('IdentityKey'),
      position: whole('Position of the log on which the decision rests.'),
    }),
    Verification: object(
      'Whether the request may pass.',
      {
        allowed: flag('Whether it may.'),
        reason: {
          type: ['string', 'null'],
          description:
            'Why not, as a code; null if it may. `INVALID_CREDENTIALS` where the secret is not proven, else what the access decision says, for example `REVOKED`, `EXPIRED` or `READ_ONLY`.',
        },
        user: { ...component('IdentityUser'), description: 'The owner of the key; only if it may pass.' },
        key: { ...component('IdentityKey'), description: 'The key; only if it may pass.' },
        position: whole('Position of the log on which the decision rests.'),
      },
      ['user', 'key'],
    ),
    Token: object('A short-lived token.', {
      token: text('JWT, signed with EdDSA; `readOnly` and `scopes` of the key are claims of it.'),
      expiresAt: instant('When it ends: after 300 seconds, or with the rest of the lease.'),
    }),
    TokenKeys: object('A JSON Web Key Set (RFC 7517).', {
      keys: list('Public keys; the first one signs.', component('TokenKey')),
    }),
    TokenKey: object('A public key (RFC 8037).', {
      kty: text('Always `OKP`.'),
      crv: text('Always `Ed25519`.'),
      x: text('The key, base64url.'),
      kid: text('Its thumbprint (RFC 7638).'),
      alg: text('Always `EdDSA`.'),
      use: text('Always `sig`.'),
    }),
    Problem: problemSchema(),
  };
}

/** As it is checked, so that the document cannot say otherwise. */
function verifyRequestSchema(): Schema {
  const schema = z.toJSONSchema(verifyRequest, { io: 'input', unrepresentable: 'any' });
  delete schema.$schema;
  const members = Object.entries(schema.properties ?? {}).map(([name, member]) => [
    name,
    { ...(member as object), description: VERIFY_MEMBERS[name] },
  ]);
  return {
    ...schema,
    description: 'A user name, a key, and what is known of the request.',
    properties: Object.fromEntries(members) as object,
  };
}

function problemSchema(): Schema {
  const error = object(
    'One member.',
    {
      path: text('JSON Pointer (RFC 6901) to it.'),
      message: text('What is wrong with it, for people.'),
      code: text('The rule that it breaks, for programs: upper case, never renamed.'),
      params: { type: 'object', description: 'What the rule compares with, such as `max`, `min` or `expected`.' },
    },
    ['params'],
  );
  return object(
    'A refusal (RFC 9457).',
    {
      type: text('Always `about:blank`: the code says more.'),
      title: text('Name of the HTTP status.'),
      status: whole('HTTP status of the answer.'),
      detail: text('What is wrong, for people.'),
      code: text('What is wrong, for programs: upper case, never renamed.'),
      errors: list('What is invalid, member by member.', error),
    },
    ['errors'],
  );
}
