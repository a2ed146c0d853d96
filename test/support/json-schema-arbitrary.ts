import fc from 'fast-check';

/** The part of JSON Schema 2020-12 that the services' OpenAPI documents use. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
}

export interface SchemaContext {
  readonly components: Readonly<Record<string, JsonSchema>>;
  /** Values for members of that name, for what a schema cannot say: ids that exist, texts that pass a rule. */
  readonly known: Readonly<Record<string, readonly unknown[]>>;
}

/** Values that mostly fit the schema: the rules that it does not express are for `known` to meet. */
export function arbitraryOf(schema: JsonSchema, context: SchemaContext, name = ''): fc.Arbitrary<unknown> {
  const known = context.known[name];
  const own = ofSchema(schema, context);
  return known === undefined ? own : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, own);
}

function ofSchema(schema: JsonSchema, context: SchemaContext): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined)
    return ofSchema(context.components[schema.$ref.split('/').at(-1) ?? ''] ?? {}, context);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (choices) return fc.oneof(...choices.map((choice) => ofSchema(choice, context)));
  return ofType(schema, context);
}

function ofType(schema: JsonSchema, context: SchemaContext): fc.Arbitrary<unknown> {
  const makers: Readonly<Record<string, () => fc.Arbitrary<unknown>>> = {
    object: () => ofObject(schema, context),
    array: () => fc.array(arbitraryOf(schema.items ?? {}, context), { minLength: schema.minItems ?? 0, maxLength: 4 }),
    integer: () => ofNumber(schema),
    string: () => ofString(schema),
    boolean: () => fc.boolean(),
    null: () => fc.constant(null),
  };
  return (makers[schema.type ?? ''] ?? (() => fc.jsonValue()))();
}

function ofNumber({ minimum = -5, maximum = 100_000 }: JsonSchema): fc.Arbitrary<number> {
  return fc.integer({ min: minimum, max: Math.max(minimum, maximum) });
}

function ofObject({ properties = {}, required = [] }: JsonSchema, context: SchemaContext): fc.Arbitrary<unknown> {
  const members = Object.fromEntries(
    Object.entries(properties).map(([name, member]) => [name, arbitraryOf(member, context, name)]),
  );
  return fc.record(members, { requiredKeys: [...required], noNullPrototype: true });
}

function ofString({ format, minLength = 0, maxLength = 40 }: JsonSchema): fc.Arbitrary<string> {
  if (format === 'date-time')
    return fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }).map((date) => date.toISOString());
  const bounds = { minLength: Math.min(minLength, 40), maxLength: Math.max(minLength, Math.min(maxLength, 40)) };
  return fc.oneof(fc.string({ ...bounds, unit: 'grapheme' }), fc.stringMatching(/^[a-z0-9]{1,20}$/));
}

const HUGE = 'h'.repeat(70_000);

/** What no member should be: of another type, empty, huge, or not storable as text. */
export const brokenValue: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  null,
  true,
  0,
  -1,
  1.5,
  1e300,
  Number.MAX_SAFE_INTEGER,
  '',
  ' ',
  'a\0b',
  'a\ud800',
  '\udfff',
  '\u202e',
  '\u{1f469}\u200d\u{1f680}',
  HUGE,
  [],
  [[]],
  {},
  { a: {} },
  ['a', 'a'],
  "'; drop table x --",
  '../..',
  '__proto__',
  '9'.repeat(400),
);

/** A body as text: a value of the schema with one thing wrong. */
export function brokenBody(schema: JsonSchema, context: SchemaContext): fc.Arbitrary<string> {
  const body = ofSchema(schema, context) as fc.Arbitrary<Record<string, unknown>>;
  const names = memberNames(schema, context);
  const anyName = fc.constantFrom(...(names.length > 0 ? names : ['member']));
  return fc.oneof(
    fc.tuple(body, anyName).map(([value, name]) => JSON.stringify(without(value, name))),
    fc.tuple(body, anyName, brokenValue).map(([value, name, broken]) => JSON.stringify({ ...value, [name]: broken })),
    fc.tuple(body, brokenValue).map(([value, broken]) => JSON.stringify({ ...value, unknownMember: broken })),
    fc.tuple(body, anyName).map(([value, name]) => withTwice(JSON.stringify(value), name)),
    fc.tuple(body, fc.nat({ max: 30 })).map(([value, length]) => JSON.stringify(value).slice(0, length)),
    brokenValue.map((value) => JSON.stringify(value)),
    fc.constantFrom(
      '',
      ' ',
      '{',
      '[]',
      'null',
      '{"__proto__":{}}',
      `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
      '\ufeff{}',
      '{"a":1,}',
    ),
  );
}

function memberNames(schema: JsonSchema, context: SchemaContext): string[] {
  const target = schema.$ref === undefined ? schema : context.components[schema.$ref.split('/').at(-1) ?? ''];
  return Object.keys(target?.properties ?? {});
}

function without(value: Record<string, unknown>, name: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([member]) => member !== name));
}

function withTwice(text: string, name: string): string {
  const member = `${JSON.stringify(name)}:1`;
  return text.startsWith('{') ? `{${member},${member}${text === '{}' ? '}' : `,${text.slice(1)}`}` : text;
}
