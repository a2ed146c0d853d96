import type { OpenAPIObject } from '@nestjs/swagger';
import type { FeatureDocs } from './api-docs.js';

/** A schema as far as members are concerned. */
export interface SchemaNode {
  description?: string;
  $ref?: string;
  properties?: Record<string, SchemaNode>;
  items?: SchemaNode;
  anyOf?: SchemaNode[];
}

/**
 * Gives each member of the components its sentence.
 *
 * @throws Error if a feature describes a component or a member that the document does not have
 */
export function documentMembers(document: OpenAPIObject, features: readonly FeatureDocs[]): void {
  const schemas = (document.components?.schemas ?? {}) as Record<string, SchemaNode>;
  for (const [name, sentences] of features.flatMap(({ members }) => Object.entries(members))) {
    const schema = schemas[name];
    if (schema === undefined) throw new Error(`the document has no component ${name}`);
    const members = new Map(membersOf(schema));
    for (const [path, sentence] of Object.entries(sentences)) {
      const member = members.get(path);
      if (member === undefined) throw new Error(`${name} has no member ${path}`);
      member.description = sentence;
    }
  }
}

/** Each member of a schema under its path, the members of its own parts included: `affected`, `affected.keys`. */
export function* membersOf(schema: SchemaNode, prefix = ''): Generator<[string, SchemaNode]> {
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    yield [prefix + name, member];
    yield* membersOf(member, `${prefix}${name}.`);
  }
  if (schema.items) yield* membersOf(schema.items, prefix);
  for (const part of schema.anyOf ?? []) yield* membersOf(part, prefix);
}
