import { type ApiDocument, operationsOf, type PlacedOperation } from './api-document.js';

/** A schema as far as its members' sentences are concerned. */
interface Schema {
  readonly description?: string;
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

const isSentence = (text: string | undefined): boolean => text !== undefined && /^[A-Z`0-9].*[.)]$/s.test(text);
const isSummary = (text: string): boolean => /^[A-Z][a-z]+ [^.]+$/.test(text) && !/^[A-Z][a-z]+s /.test(text);

/**
 * What a document leaves unsaid, a line each: ids, summaries, tags, needs, sentences of parameters and members,
 * refusals without an
 * example, bodies without one.
 */
export function unsaidIn(document: ApiDocument): string[] {
  const tags = document.tags.map(({ name }) => name);
  const operations = operationsOf(document);
  const ids = operations.map(({ operationId }) => operationId);
  return [
    ...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `${id} is there twice`),
    ...document.tags.filter(({ description }) => !isSentence(description)).map(({ name }) => `tag ${name}`),
    ...operations.flatMap((operation) => unsaidOf(operation, tags).map((what) => `${operation.operationId}: ${what}`)),
    ...Object.entries(document.components.schemas).flatMap(([name, schema]) => bareMembers(name, schema as Schema)),
  ];
}

function unsaidOf(operation: PlacedOperation, known: readonly string[]): string[] {
  const { description, operationId, parameters = [], requestBody, responses, summary, tags } = operation;
  const [tag = '', ...others] = tags;
  return [
    ...(/^[a-z][A-Za-z]+$/.test(operationId) ? [] : ['id']),
    ...(isSummary(summary) ? [] : ['summary']),
    ...(others.length === 0 && known.includes(tag) ? [] : ['tag']),
    ...(/(^|\n\n)Needs /.test(description) ? [] : ['needs']),
    ...parameters.filter((one) => !isSentence(one.description)).map(({ name }) => `parameter ${name}`),
    ...withoutExample(requestBody?.content).map((type) => `request as ${type}`),
    ...Object.entries(responses).flatMap(([status, response]) => unsaidOfResponse(status, response)),
  ];
}

function unsaidOfResponse(status: string, { content, description }: PlacedOperation['responses'][string]): string[] {
  // The common answers of any write, which each operation has in words of its own document.
  const isCommon = status === 'default' || /confirmed/.test(description);
  const codes = Object.values(content?.['application/problem+json']?.examples ?? {}).map(({ value }) => value) as {
    code: string;
    status: number;
  }[];
  return [
    ...(/\S/.test(description) ? [] : [`description of ${status}`]),
    ...(isCommon ? [] : withoutExample(content).map((type) => `${status} as ${type}`)),
    ...codes
      .filter((problem) => String(problem.status) !== status || !description.includes(`\`${problem.code}\``))
      .map(({ code }) => `${status} ${code}`),
  ];
}

/** Media types without an example; bytes need none. */
function withoutExample(content: PlacedOperation['responses'][string]['content'] = {}): string[] {
  return Object.entries(content)
    .filter(([type, { examples = {} }]) => type !== 'application/octet-stream' && Object.keys(examples).length === 0)
    .map(([type]) => type);
}

function bareMembers(name: string, schema: Schema): string[] {
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([member, inner]) => [
      // Next to a reference, the sentence may be that of the component.
      ...(isSentence(inner.description) || inner.$ref !== undefined ? [] : [`member ${name}.${member}`]),
      ...bareMembers(`${name}.${member}`, inner),
    ]),
    ...(schema.items ? bareMembers(name, schema.items) : []),
    ...(schema.anyOf ?? []).flatMap((part) => bareMembers(name, part)),
  ];
}
