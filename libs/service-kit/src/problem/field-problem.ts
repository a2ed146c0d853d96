import type { z } from 'zod';

/** What a rule compares with, by name: `{ max: 100 }`. */
export type FieldParams = Readonly<Record<string, number | string | readonly string[]>>;

/** One member of a body, query or path that could not be used. */
export interface FieldProblem {
  /** JSON Pointer (RFC 6901). */
  readonly path: string;
  /** For people, in English. */
  readonly message: string;
  /** For programs, and for clients that speak other languages. Never renamed. */
  readonly code: FieldCode;
  readonly params?: FieldParams;
}

const VISIBLE = 'something visible, and no control, bidirectional or invisible characters';
interface Max {
  readonly max: number;
}
interface Min {
  readonly min: number;
}
interface Other {
  /** Name of another member. */
  readonly other: string;
}

/** The rules that the services add to those of a schema, each with what it says of a value that breaks it. */
const OWN_RULES = {
  UNKNOWN: () => 'is not known here',
  NOT_OBJECT: () => 'must be an object',
  REPEATED_MEMBER: () => 'has a member twice',
  MEMBER_NAME: () => 'has a member whose name is not allowed',
  NOT_UTF8: () => 'is not UTF-8',
  NOT_JSON: () => 'is not JSON',
  TOO_DEEP: () => 'is nested too deeply',
  NOT_PERCENT_ENCODED: () => 'is not percent-encoded UTF-8',
  UNREADABLE_URI: () => 'is too long or not percent-encoded UTF-8',
  UNCLEAN_TEXT: () => 'must be well-formed Unicode without U+0000',
  TEXT: ({ max }: Max) => `takes at most ${max} characters, ${VISIBLE}`,
  LENGTH: ({ min, max }: Min & Max) => `takes ${min} to ${max} characters`,
  USERNAME: ({ max }: Max) => `takes 1 to ${max} of a-z, 0-9 and . _ @ + ' -`,
  EMAIL: () => 'must be an e-mail address',
  ROLE_NAME: ({ max }: Max) => `takes 1 to ${max} of A-Z, a-z, 0-9, space and . _ -`,
  SCOPE: () => 'must match [a-z0-9][a-z0-9:._-]{0,63}',
  REPEATED_ENTRY: () => 'must not repeat an entry',
  IP_RANGE: () => 'must be an IP address or a CIDR range',
  INSTANT: () => 'must be an RFC 3339 instant',
  EXPIRY: () => 'must be an RFC 3339 instant or a date (YYYY-MM-DD)',
  DAYS: () => 'must be a whole number of days, at least 1',
  PAGE_SIZE: ({ max }: Max) => `must be a whole number from 1 to ${max}`,
  CURSOR: () => 'is not a cursor of this list',
  UNSEARCHABLE: () => 'cannot be searched for',
  LOCAL_PATH: () => 'must be a path of this service, like /docs',
  WEBHOOK_URL: () => 'must be an http:// or https:// URL without credentials and fragment',
  HTTPS_ONLY: () => 'must be an https:// URL',
  INTERNAL_ADDRESS: () => 'must not be an internal address',
  EMPTY_FILTER: () => 'must name a user, an instant or keys',
  NOT_TOGETHER: ({ other }: Other) => `is not possible together with ${other}`,
  MORE_THAN: ({ other }: Other) => `is more than \`${other}\``,
  OWN_SUPERVISOR: () => 'must be another user',
  NO_USER: () => 'does not exist',
  PAST_HEAD: ({ max }: Max) => `is more than the ${max} records of the log`,
  NOTHING_BY_THEN: () => 'the log has no record by then',
  OUTSIDE_TREE: () => 'is too small to hold this record',
  BEHIND_LAST: () => 'is behind the last record',
  NO_PAGES: () => 'is not for CSV, which has all keys',
  PASSWORD_SHORT: ({ min }: Min) => `needs at least ${min} characters`,
  PASSWORD_COMMON: () => 'is too easy to guess',
} as const;

type OwnCode = keyof typeof OWN_RULES;

/** The rules of a schema: type, bounds, lists of values. What they say comes from the schema library. */
const SCHEMA_CODES = [
  'MISSING',
  'WRONG_TYPE',
  'NOT_WHOLE',
  'TOO_SMALL',
  'TOO_LARGE',
  'TOO_SHORT',
  'TOO_LONG',
  'TOO_FEW',
  'TOO_MANY',
  'NOT_LISTED',
  'WRONG_FORM',
  'INVALID',
] as const;

export type FieldCode = OwnCode | (typeof SCHEMA_CODES)[number];

/** Every code that a single member can be refused with. */
export const FIELD_CODES: readonly FieldCode[] = [...SCHEMA_CODES, ...(Object.keys(OWN_RULES) as OwnCode[])];

type ParamsOf<Code extends OwnCode> = Parameters<(typeof OWN_RULES)[Code]>;

interface Rule {
  readonly message: string;
  readonly code: FieldCode;
  readonly params?: FieldParams;
}

function ruleOf<Code extends OwnCode>(code: Code, params: ParamsOf<Code>): Rule {
  // A function of exactly these parameters, as the type of `params` says.
  const say = OWN_RULES[code] as (...given: ParamsOf<Code>) => string;
  const [given] = params as readonly FieldParams[];
  return { message: say(...params), code, ...(given === undefined ? {} : { params: given }) };
}

/** What is wrong with the member at `path`. */
export function fieldProblem<Code extends OwnCode>(path: string, code: Code, ...params: ParamsOf<Code>): FieldProblem {
  return { path, ...ruleOf(code, params) };
}

/**
 * A rule for a schema's `refine` or `addIssue`; {@link fieldProblemsOf} finds its code again.
 *
 * @example z.string().refine(isEmail, fieldRule('EMAIL'))
 */
export function fieldRule<Code extends OwnCode>(
  code: Code,
  ...params: ParamsOf<Code>
): { readonly message: string; readonly params: { readonly rule: Rule } } {
  const rule = ruleOf(code, params);
  return { message: rule.message, params: { rule } };
}

/** One step of a JSON Pointer (RFC 6901, 4). */
export function pointerToken(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/**
 * What a schema found wrong, member by member.
 *
 * @param issues as the schema gave them
 * @param input what it was given: a member that is missing is told from one of a wrong type by it
 */
export function fieldProblemsOf(issues: readonly z.core.$ZodIssue[], input: unknown): FieldProblem[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map((step) => `/${pointerToken(String(step))}`).join('');
    // One issue at the parent for all of them.
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((name) => fieldProblem(`${path}/${pointerToken(name)}`, 'UNKNOWN'));
    return [{ path, message: issue.message, ...codeOf(issue, input) }];
  });
}

type Coded = Pick<FieldProblem, 'code' | 'params'>;

/** By the schema library's own code; one that is not here is `INVALID`. */
const CODES: {
  readonly [Code in z.core.$ZodIssue['code']]?: (
    issue: Extract<z.core.$ZodIssue, { readonly code: Code }>,
    input: unknown,
  ) => Coded;
} = {
  invalid_type: typeCode,
  too_big: ({ maximum, origin }) => ({ code: TOO_MUCH[sizeOf(origin)], params: { max: Number(maximum) } }),
  too_small: ({ minimum, origin }) => ({ code: TOO_LITTLE[sizeOf(origin)], params: { min: Number(minimum) } }),
  invalid_value: ({ values }) => ({ code: 'NOT_LISTED', params: { values: values.map(String) } }),
  invalid_format: () => ({ code: 'WRONG_FORM' }),
  custom: ({ params }) => ownCode(params),
};

function codeOf(issue: z.core.$ZodIssue, input: unknown): Coded {
  // The entry of this very code takes this very issue.
  const read = CODES[issue.code] as ((issue: z.core.$ZodIssue, input: unknown) => Coded) | undefined;
  return read?.(issue, input) ?? { code: 'INVALID' };
}

function typeCode({ expected, path }: z.core.$ZodIssueInvalidType, input: unknown): Coded {
  if (valueAt(input, path) === undefined) return { code: 'MISSING' };
  return expected === 'int' ? { code: 'NOT_WHOLE' } : { code: 'WRONG_TYPE', params: { expected } };
}

type Size = 'text' | 'list' | 'number';
const TOO_MUCH = { text: 'TOO_LONG', list: 'TOO_MANY', number: 'TOO_LARGE' } as const;
const TOO_LITTLE = { text: 'TOO_SHORT', list: 'TOO_FEW', number: 'TOO_SMALL' } as const;

function sizeOf(origin: string): Size {
  if (origin === 'string') return 'text';
  return origin === 'array' || origin === 'set' ? 'list' : 'number';
}

function ownCode(params: Readonly<Record<string, unknown>> | undefined): Coded {
  const rule = params?.['rule'] as Rule | undefined; // fieldRule put it there
  if (rule === undefined) return { code: 'INVALID' };
  return rule.params === undefined ? { code: rule.code } : { code: rule.code, params: rule.params };
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, step) => {
    const isParent = typeof value === 'object' && value !== null && Object.hasOwn(value, step);
    return isParent ? (value as Record<PropertyKey, unknown>)[step] : undefined;
  }, input);
}
