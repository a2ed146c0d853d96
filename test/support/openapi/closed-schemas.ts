import type { ApiDocument } from './api-document.js';

interface Schema {
  readonly [name: string]: unknown;
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
}

/**
 * A schema of the document that takes no member beyond those that it names. The document leaves answers open, since
 * later versions may
 * add members; a test wants to see those that the document has forgotten.
 */
export function closedSchema(schema: object, { components }: ApiDocument): object {
  const resolve = ({ $ref, ...rest }: Schema): Schema =>
    $ref === undefined ? rest : { ...(components.schemas[$ref.split('/').at(-1) ?? ''] as Schema), ...rest };
  const close = (given: Schema): Schema => {
    const { allOf, ...own } = resolve(given);
    if (allOf !== undefined) return close(mergeAll(allOf.map(resolve), own, resolve));
    const closed = Object.fromEntries(Object.entries(own).map(([name, value]) => [name, closeValue(name, value)]));
    return 'properties' in closed && !('additionalProperties' in closed)
      ? { ...closed, additionalProperties: false }
      : closed;
  };
  const closeValue = (name: string, value: unknown): unknown => {
    if (name === 'properties')
      return Object.fromEntries(Object.entries(value as object).map(([key, inner]) => [key, close(inner as Schema)]));
    if (name === 'anyOf' || name === 'oneOf') return (value as Schema[]).map(close);
    return name === 'items' ? close(value as Schema) : value;
  };
  return close(schema as Schema);
}

/** One object of all parts; a choice among them stays one, each with the members of the rest. */
function mergeAll(parts: readonly Schema[], own: Schema, resolve: (schema: Schema) => Schema): Schema {
  const choice = parts.find((part) => 'anyOf' in part || 'oneOf' in part);
  if (choice !== undefined) {
    const rest = parts.filter((part) => part !== choice);
    const options = (choice['anyOf'] ?? choice['oneOf']) as Schema[];
    return { anyOf: options.map((option) => mergeAll([resolve(option), ...rest], own, resolve)) };
  }
  return [...parts, own].reduce<Schema>(
    (all, part) => ({
      ...all,
      ...part,
      properties: { ...all.properties, ...part.properties },
      required: [...(all.required ?? []), ...(part.required ?? [])],
    }),
    {},
  );
}
