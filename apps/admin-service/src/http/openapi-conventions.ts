import type { OpenAPIObject } from '@nestjs/swagger';
import { MAX_WAIT_SECONDS } from './prefer.js';

type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['get']>;
type Schema = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];
type Parameter = NonNullable<Operation['parameters']>[number];

const WRITES = ['post', 'put', 'patch', 'delete'] as const;

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
    `wait=N, 1 to ${MAX_WAIT_SECONDS} seconds: answers once no gateway can miss the write, with ` +
    '`confirmation` in the body. 202 if the time is up before; 200 with this body where it would be 204.',
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

/** Adds what holds for every write, so that no route has to repeat it and none can forget it. */
export function documentConventions(document: OpenAPIObject): void {
  for (const item of Object.values(document.paths)) {
    for (const method of WRITES) {
      const operation = item[method];
      if (operation) documentWrite(document, operation, method);
    }
  }
}

function documentWrite(document: OpenAPIObject, operation: Operation, method: (typeof WRITES)[number]): void {
  if (operation.security) {
    const idempotency = method === 'post' ? [IDEMPOTENCY_KEY] : [];
    operation.parameters = [...(operation.parameters ?? []), IF_MATCH, PREFER, ...idempotency];
    operation.responses['202'] ??= pendingResponse();
  }
  documentHeaders(operation);
  if (operation.requestBody && !('$ref' in operation.requestBody))
    operation.requestBody.required = requiresMembers(document, operation);
}

function pendingResponse(): Operation['responses'][string] {
  return {
    description:
      'Written, and not yet confirmed when the time of Prefer: wait=N was up. The other members are those of the usual answer.',
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['confirmation'],
          properties: { confirmation: { $ref: '#/components/schemas/Confirmation' } },
        },
      },
    },
  };
}

function documentHeaders({ responses, security }: Operation): void {
  for (const [status, response] of Object.entries(responses)) {
    if (!status.startsWith('2') || !response || '$ref' in response) continue;
    response.headers = { ...response.headers, 'Keyfold-Position': POSITION };
    // A session, made without being signed in, has no path of its own.
    if (status === '201' && security) response.headers['Location'] = LOCATION;
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
