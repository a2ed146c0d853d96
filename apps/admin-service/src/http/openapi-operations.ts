import type { OpenAPIObject } from '@nestjs/swagger';
import { type Access, ACCESS_EXTENSION } from './access.js';
import type { FeatureDocs, OperationDoc } from './api-docs.js';
import { exampleProblem, type RefusalCode, REFUSALS, shownCode } from './refusals.js';

type PathItem = OpenAPIObject['paths'][string];

/** An operation with the extensions that this service adds. */
export interface Operation extends NonNullable<PathItem['get']> {
  [ACCESS_EXTENSION]?: Access;
  /** A POST that writes nothing. */
  'x-reads-only'?: true;
}
type Response = Exclude<Operation['responses'][string], undefined | { $ref: string }>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
export type Method = (typeof METHODS)[number];

/** Descriptions of parameters that mean the same in every operation. */
const PARAMETERS: Readonly<Record<string, string>> = {
  limit: 'Number of items in the answer, 1 to 200; by default 50.',
  cursor: '`nextCursor` of the page before; without it the first page.',
  userId: 'Id of the user.',
  roleId: 'Id of the role.',
  keyId: 'Id of the key.',
  sessionId: 'Id of the session.',
  gatewayId: 'Id of the gateway.',
  id: 'Id of the webhook.',
  deliveryId: 'Id of the delivery.',
};

/** Each operation of the document with its method and path. */
export function* operationsIn({ paths }: OpenAPIObject): Generator<{
  readonly method: Method;
  readonly path: string;
  readonly operation: Operation;
}> {
  for (const [path, item] of Object.entries(paths))
    for (const method of METHODS) {
      const operation = item[method];
      if (operation !== undefined) yield { method, path, operation };
    }
}

/**
 * Gives each operation what its feature says about it: id, summary, description, tag, who may call it and how it
 * refuses.
 *
 * @param document its operation ids are `<controller>.<method>`; afterwards they are those of the features
 * @throws Error if an operation is in no feature, which a start of the service shows
 */
export function documentOperations(document: OpenAPIObject, features: readonly FeatureDocs[]): void {
  const docs = new Map(
    features.flatMap(({ operations, tag }) => Object.entries(operations).map(([key, doc]) => [key, { doc, tag }])),
  );
  for (const { method, operation, path } of operationsIn(document)) {
    const key = operation.operationId ?? '';
    const found = docs.get(key);
    if (found === undefined) throw new Error(`${key} is missing in the *.docs.ts of its feature`);
    describeOperation(operation, found.doc, { method, path });
    operation.tags = [found.tag.name];
  }
  document.tags = features.map(({ tag }) => ({ ...tag }));
}

function describeOperation(operation: Operation, doc: OperationDoc, at: { path: string; method: Method }): void {
  const access = operation[ACCESS_EXTENSION] ?? 'public';
  operation.operationId = doc.id;
  operation.summary = doc.summary;
  operation.description = [doc.notes, doc.needs ?? needOf(access)].filter((text) => text !== undefined).join('\n\n');
  // A public operation gets an empty list: a linter reports a missing one.
  operation.security ??= [];
  describeParameters(operation, doc);
  if (doc.readsOnly === true) operation['x-reads-only'] = true;
  const codes = [...routeRefusals(access, at.method, doc), ...doc.refuses];
  documentRefusals(operation, new Set(codes), { access, path: at.path });
  for (const [type, description] of Object.entries(doc.alsoAnswers ?? {})) {
    const answer = operation.responses['200'] as Response | undefined;
    if (answer !== undefined)
      answer.content = { ...answer.content, [type]: { schema: { type: 'string', description } } };
  }
}

function describeParameters(operation: Operation, doc: OperationDoc): void {
  // Nest's own name of a wildcard is none that the path has.
  operation.parameters =
    operation.parameters?.filter((parameter) => '$ref' in parameter || parameter.name !== '*') ?? [];
  for (const parameter of operation.parameters) {
    if ('$ref' in parameter) continue;
    const { name } = parameter;
    const description = doc.parameters?.[name] ?? PARAMETERS[name];
    if (description !== undefined) parameter.description = description;
  }
}

function needOf(access: Access): string {
  if (access === 'public') return 'Needs no sign-in.';
  return access === 'signed-in' ? 'Needs sign-in.' : `Needs the permission \`${access}\`.`;
}

/** Refusals that follow from what the route is. */
function routeRefusals(access: Access, method: Method, doc: OperationDoc): RefusalCode[] {
  const isOpen = access === 'public';
  const isRead = method === 'get' || doc.readsOnly === true;
  return [
    'INVALID_REQUEST',
    ...(isOpen ? [] : (['UNAUTHENTICATED'] as const)),
    // Of a write also because a page of another site made the browser send it.
    ...(isOpen || (access === 'signed-in' && isRead) ? [] : (['PERMISSION_DENIED'] as const)),
    ...(isOpen || isRead || method !== 'post' ? [] : (['IDEMPOTENCY_KEY_IN_USE', 'IDEMPOTENCY_KEY_REUSED'] as const)),
    'UNAVAILABLE',
  ];
}

function documentRefusals(
  { responses }: Operation,
  codes: ReadonlySet<RefusalCode>,
  at: { readonly access: Access; readonly path: string },
): void {
  for (const [status, alike] of Map.groupBy(codes, (code) => REFUSALS[code].status)) {
    const examples = alike.map((code) => [
      code,
      { summary: REFUSALS[code].when, value: exampleProblem(code, detailAt(code, at)) },
    ]);
    const known = responses[String(status)] as Response | undefined;
    responses[String(status)] = {
      ...known,
      description: alike.map((code) => `\`${shownCode(code)}\`: ${REFUSALS[code].when}.`).join(' '),
      content: {
        'application/problem+json': {
          schema: { $ref: '#/components/schemas/Problem' },
          examples: Object.fromEntries(examples) as Record<string, { summary: string; value: unknown }>,
        },
      },
    };
  }
}

/** What a path leads to, by its last parameter, or by its end if it has none. */
const NOUNS: Readonly<Record<string, string>> = {
  userId: 'user',
  roleId: 'role',
  sessionId: 'session',
  gatewayId: 'gateway',
  id: 'webhook',
  deliveryId: 'delivery',
  identityId: 'identity',
  'lost-records': 'fork',
};

function detailAt(code: RefusalCode, { access, path }: { readonly access: Access; readonly path: string }): string {
  const { detail } = REFUSALS[code];
  if (code === 'PERMISSION_DENIED' && access !== 'signed-in') return `This needs the permission ${access}.`;
  const noun = NOUNS[/.*\{(\w+)\}/.exec(path)?.[1] ?? path.slice(path.lastIndexOf('/') + 1)];
  return code === 'NOT_FOUND' && noun !== undefined ? `There is no such ${noun}.` : detail;
}
