import type { OpenAPIObject } from '@nestjs/swagger';
import { type Method, type Operation, operationsIn } from './openapi-operations.js';
import { MAX_WAIT_SECONDS } from './prefer.js';

type Schema = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];
type Parameter = NonNullable<Operation['parameters']>[number];

const IF_MATCH: Parameter = {
  name: 'If-Match',
  in: 'header',
  description: 'Writes only if the resource still has one of these versions (its ETag).',
  schema: { type: 'string' },
};
const PREFER: Parameter = {
  name: 'Prefer',
  in: 'header',
  description:
    `With \`wait=N\`, 1 to ${MAX_WAIT_SECONDS} seconds, the answer comes once no gateway can miss the write, with ` +
    '`confirmation` in the body. It is 202 if the time is up before, and 200 with this body where it would be 204.',
  schema: { type: 'string' },
};
const IDEMPOTENCY_KEY: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'The same request with the same key gives the first answer again.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};
const POSITION = {
  description: 'Position of the last event of this write, or of the head.',
  schema: { type: 'integer' },
} as const;

const LOCATION = {
  description: 'Path of what was made.',
  schema: { type: 'string' },
} as const;

/** Component of the answers to writes. */
const MAYBE_CONFIRMED = {
  type: 'object',
  properties: {
    confirmation: {
      $ref: '#/components/schemas/Confirmation',
      description: 'How far the gateways are; only where the request had Prefer: wait=N.',
    },
  },
};

const MAYBE_CONFIRMED_REFERENCE = { $ref: '#/components/schemas/MaybeConfirmed' };

/** Adds what holds for every write, so that no route has to repeat it and none can forget it. */
export function documentConventions(document: OpenAPIObject): void {
  document.components = { ...document.components };
  document.components.schemas = { ...document.components.schemas, MaybeConfirmed: MAYBE_CONFIRMED };
  for (const { method, operation } of operationsIn(document))
    if (method !== 'get') documentWrite(document, operation, method);
}

function documentWrite(document: OpenAPIObject, operation: Operation, method: Method): void {
  if (operation.requestBody && !('$ref' in operation.requestBody))
    operation.requestBody.required = requiresMembers(document, operation);
  if (operation['x-reads-only'] === true) return;
  if (operation.security?.length) {
    const ifMatch = operation.responses['412'] === undefined ? [] : [IF_MATCH];
    const idempotency = method === 'post' ? [IDEMPOTENCY_KEY] : [];
    operation.parameters = [...(operation.parameters ?? []), ...ifMatch, PREFER, ...idempotency];
    documentConfirmation(operation);
  }
  documentHeaders(operation);
}

/** Whatever the usual answer is, it says so where the caller has asked to wait. */
function documentConfirmation({ responses }: Operation): void {
  const usual = Object.keys(responses).find((status) => status.startsWith('2')) ?? '';
  for (const content of contentsOf(responses[usual]))
    content.schema = { allOf: [content.schema ?? {}, MAYBE_CONFIRMED_REFERENCE] };
  const [schema = MAYBE_CONFIRMED_REFERENCE] = contentsOf(responses[usual]).map((content) => content.schema);
  if (usual === '204') responses['200'] = confirmedResponse('Done, and confirmed.', schema);
  responses['202'] ??= confirmedResponse(
    'Written, and not yet confirmed when the time of Prefer: wait=N was up. The body is that of the usual answer.',
    schema,
  );
}

function contentsOf(response: Operation['responses'][string]): { schema?: object }[] {
  return response && !('$ref' in response) ? Object.values(response.content ?? {}) : [];
}

function confirmedResponse(description: string, schema: object): Operation['responses'][string] {
  return { description, content: { 'application/json': { schema } } };
}

function documentHeaders({ responses, security }: Operation): void {
  for (const [status, response] of Object.entries(responses)) {
    if (!status.startsWith('2') || !response || '$ref' in response) continue;
    response.headers = { ...response.headers, 'Keyfold-Position': POSITION };
    // A session, made without being signed in, has no path of its own.
    if (status === '201' && security?.length) response.headers['Location'] = LOCATION;
  }
}

/** A body none of whose members is required may be left out. */
function requiresMembers(document: OpenAPIObject, { requestBody }: Operation): boolean {
  if (!requestBody || '$ref' in requestBody) return false;
  const schema = requestBody.content['application/json']?.schema;
  const target = schema && '$ref' in schema ? component(document, schema.$ref) : schema;
  return target !== undefined && 'required' in target && target.required.length > 0;
}

function component({ components }: OpenAPIObject, reference: string): Schema | undefined {
  return components?.schemas?.[reference.split('/').at(-1) ?? ''];
}
