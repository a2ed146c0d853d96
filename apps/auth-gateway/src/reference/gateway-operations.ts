import { type Answer, METHOD_NOT_ALLOWED, methodNotAllowed, REFUSALS, UNREADABLE_TARGET } from '../http/answers.js';
import { asForbidden } from '../surfaces/auth-request.js';
import type { OperationExamples } from './operation-example.js';

type Json = Readonly<Record<string, unknown>>;

/** What is said about an operation. */
interface Described {
  readonly id: string;
  readonly summary: string;
  readonly tag: 'Proxies' | 'Services';
  readonly description: string;
  /** Whether it takes HTTP Basic. */
  readonly isBasic: boolean;
  readonly parameters?: readonly Json[];
  readonly body?: string;
  readonly answer: Json;
  readonly refusals: readonly Answer[];
}

const text = (name: string, place: 'query' | 'header', description: string): Json => ({
  name,
  in: place,
  description,
  schema: { type: 'string' },
});
const SCOPES = text(
  'scopes',
  'query',
  'Scopes that are demanded, separated by commas; a key without one of them is refused.',
);
const FORWARDED_FOR = text(
  'X-Forwarded-For',
  'header',
  'Addresses on the way; the client is the right-most that is no trusted proxy. Read from trusted proxies only.',
);

const IDENTITY_HEADERS = headers({
  'Remote-User': 'User name.',
  'X-Keyfold-User-Id': 'Id of the user.',
  'X-Keyfold-Key-Id': 'Id of the key.',
  'X-Keyfold-Roles': 'Names of the roles, separated by commas; `-` for none.',
  'X-Keyfold-Scopes': 'Scopes of the key, separated by commas; `-` for none.',
  'X-Keyfold-Position': 'Position of the log on which the decision rests.',
});
const ALLOWED = {
  description: 'Allowed. There is no body; every identity header is there, and none is empty.',
  headers: IDENTITY_HEADERS,
};
const OF_A_REQUEST = [
  UNREADABLE_TARGET,
  REFUSALS.MALFORMED,
  REFUSALS.IP_NOT_ALLOWED,
  REFUSALS.READ_ONLY,
  REFUSALS.SCOPE_MISSING,
  REFUSALS.RATE_LIMITED,
  REFUSALS.STALE,
  REFUSALS.OVERLOADED,
];
const ANY_METHOD = 'Any method but CONNECT and TRACE is answered like GET.';

function headers(described: Readonly<Record<string, string>>): Json {
  return Object.fromEntries(
    Object.entries(described).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );
}

const json = (name: string, description: string): Json => ({
  description,
  content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } },
});

const OPERATIONS: Readonly<Record<string, Readonly<Record<string, Described>>>> = {
  '/v1/forward-auth': {
    get: {
      id: 'checkForwardedRequest',
      summary: 'Decide on a request for Traefik, Caddy or HAProxy',
      tag: 'Proxies',
      description: `${ANY_METHOD} A limit of the key whose input is missing, or comes from a peer that is not trusted, refuses.`,
      isBasic: true,
      parameters: [
        SCOPES,
        text('X-Forwarded-Method', 'header', 'Method of the original request.'),
        text('X-Forwarded-Uri', 'header', 'Path and query of the original request.'),
        FORWARDED_FOR,
      ],
      answer: ALLOWED,
      refusals: OF_A_REQUEST,
    },
  },
  '/v1/auth-request': {
    get: {
      id: 'checkNginxRequest',
      summary: 'Decide on a request for nginx',
      tag: 'Proxies',
      description: `${ANY_METHOD} nginx takes nothing but 200, 401 and 403: of every other refusal the answer is a 403 with the real status in \`X-Keyfold-Status\`.`,
      isBasic: true,
      parameters: [
        SCOPES,
        text('X-Original-Method', 'header', 'Method of the original request.'),
        text('X-Original-URI', 'header', 'Path and query of the original request.'),
        text('X-Original-URL', 'header', 'URL of the original request, where the proxy gives that instead.'),
        FORWARDED_FOR,
      ],
      answer: ALLOWED,
      refusals: OF_A_REQUEST.map(asForbidden),
    },
  },
  '/v1/ext-authz/{path}': {
    get: {
      id: 'checkEnvoyRequest',
      summary: 'Decide on a request for Envoy',
      tag: 'Proxies',
      description: `For \`ext_authz\` over HTTP with \`path_prefix: /v1/ext-authz\`: method and path are those of the original request. ${ANY_METHOD}`,
      isBasic: true,
      parameters: [
        {
          name: 'path',
          in: 'path',
          required: true,
          description: 'Path of the original request; it may contain slashes.',
          schema: { type: 'string' },
        },
        SCOPES,
        FORWARDED_FOR,
      ],
      answer: {
        ...ALLOWED,
        headers: {
          ...IDENTITY_HEADERS,
          ...headers({
            'X-Envoy-Auth-Headers-To-Remove': 'Always `authorization`: Envoy takes it out of the request.',
          }),
        },
      },
      refusals: OF_A_REQUEST,
    },
  },
  '/v1/verify': {
    post: {
      id: 'verifyKey',
      summary: 'Verify a user name and a key',
      tag: 'Services',
      description:
        'For services that have the credentials themselves. Every refusal is a 200 with its reason, except `STALE` and `OVERLOADED` (503) and `RATE_LIMITED` (429). The same question can be asked over NATS at `keyfold.verify`.',
      isBasic: false,
      body: 'VerifyRequest',
      answer: json('Verification', 'The decision.'),
      refusals: [REFUSALS.RATE_LIMITED, REFUSALS.STALE, REFUSALS.OVERLOADED],
    },
  },
  '/v1/me': {
    get: {
      id: 'readIdentity',
      summary: 'Read whose the key is',
      tag: 'Services',
      description: 'The cheap call with which an integration tests its connection.',
      isBasic: true,
      parameters: [SCOPES, FORWARDED_FOR],
      answer: json('Identity', 'Who signed in.'),
      refusals: OF_A_REQUEST.filter((refusal) => refusal !== REFUSALS.READ_ONLY),
    },
  },
  '/v1/token': {
    post: {
      id: 'issueToken',
      summary: 'Exchange the key for a short-lived token',
      tag: 'Services',
      description:
        'The token is a JWT that services check by the published keys. It ends after 300 seconds at the latest, and is not revoked with its key before. A read-only key may ask for one: the token says so.',
      isBasic: true,
      parameters: [SCOPES, FORWARDED_FOR],
      answer: json('Token', 'The token.'),
      refusals: [...OF_A_REQUEST.filter((refusal) => refusal !== REFUSALS.READ_ONLY), methodNotAllowed('POST')],
    },
  },
  '/.well-known/jwks.json': {
    get: {
      id: 'readTokenKeys',
      summary: 'Read the public keys of tokens',
      tag: 'Services',
      description: 'The same on every gateway.',
      isBasic: false,
      answer: json('TokenKeys', 'The keys.'),
      refusals: [METHOD_NOT_ALLOWED],
    },
  },
};

/** The paths of the gateway's document. */
export function gatewayPaths(examples: OperationExamples): Json {
  return Object.fromEntries(
    Object.entries(OPERATIONS).map(([path, item]) => [
      path,
      Object.fromEntries(
        Object.entries(item).map(([method, described]) => [
          method,
          operationOf(described, examples[described.id] ?? {}),
        ]),
      ),
    ]),
  );
}

function operationOf(described: Described, examples: OperationExamples[string]): Json {
  const { answer, body, description, id, isBasic, parameters = [], summary, tag } = described;
  const need = isBasic ? 'Needs HTTP Basic: user name and API key.' : 'Needs no credentials.';
  const asked = Object.entries(examples).filter(([, { request }]) => request !== undefined);
  return {
    operationId: id,
    summary,
    description: `${description}\n\n${need}`,
    tags: [tag],
    security: isBasic ? [{ basic: [] }] : [],
    parameters,
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: {
              'application/json': {
                schema: { $ref: `#/components/schemas/${body}` },
                examples: Object.fromEntries(asked.map(([name, { request }]) => [name, { value: request }])),
              },
            },
          },
        }),
    responses: { '200': withExamples(answer, examples), ...refusalsOf(described) },
  };
}

function withExamples(answer: Json, examples: OperationExamples[string]): Json {
  const content = answer['content'] as { 'application/json': Json } | undefined;
  if (content === undefined) return answer;
  const shown = Object.entries(examples).map(([name, example]) => [name, { value: example.answer }]);
  return {
    ...answer,
    content: { 'application/json': { ...content['application/json'], examples: Object.fromEntries(shown) as Json } },
  };
}

/** When a request is refused so. */
const WHEN: Readonly<Record<string, string>> = {
  INVALID_REQUEST: 'the request, or what it says of the original one, is malformed',
  INVALID_CREDENTIALS: 'user name and key may not sign in; nothing tells why',
  IP_NOT_ALLOWED: 'the key may not be used from this address',
  READ_ONLY: 'the key may only read',
  SCOPE_MISSING: 'the key lacks a scope that is demanded',
  RATE_LIMITED: 'the key, or failed attempts, reached a limit',
  STALE: 'the gateway holds no lease, so it allows nothing',
  OVERLOADED: 'too many keys are being proven',
  METHOD_NOT_ALLOWED: 'the path has no such method',
  UNSUPPORTED_MEDIA_TYPE: 'the body is not JSON',
};

function refusalsOf({ body, refusals }: Described): Json {
  const shown = refusals.map(
    (refusal) => JSON.parse(refusal.body?.toString() ?? '{}') as { code: string; status: number },
  );
  const all = body === undefined ? shown : [...BODY_REFUSALS, ...shown];
  const byStatus = Map.groupBy(all, ({ status }) => status);
  const responses = [...byStatus].map(([status, problems]) => [
    String(status),
    {
      description: problems.map(({ code }) => `\`${code}\`: ${WHEN[code] ?? ''}.`).join(' '),
      ...(status === 429 || status === 503 ? { headers: RETRY_AFTER } : {}),
      content: {
        'application/problem+json': {
          schema: { $ref: '#/components/schemas/Problem' },
          examples: Object.fromEntries(problems.map((problem) => [problem.code, { value: problem }])),
        },
      },
    },
  ]);
  return Object.fromEntries(responses) as Json;
}

const RETRY_AFTER = {
  'Retry-After': { description: 'Seconds after which to try again.', schema: { type: 'integer', minimum: 1 } },
};

/** Of a body that cannot be used; they come from Fastify's part. */
const BODY_REFUSALS = [
  {
    type: 'about:blank',
    title: 'Bad Request',
    status: 400,
    detail: 'Invalid request body.',
    code: 'INVALID_REQUEST',
    errors: [{ path: '/key', message: 'Invalid input: expected string, received undefined', code: 'MISSING' }],
  },
  {
    type: 'about:blank',
    title: 'Unsupported Media Type',
    status: 415,
    detail: 'Send application/json.',
    code: 'UNSUPPORTED_MEDIA_TYPE',
  },
];
