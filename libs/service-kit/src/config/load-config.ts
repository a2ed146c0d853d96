import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { KNOWN_VARIABLES, type KnownVariable } from './known-variables.js';

/** The environment cannot be used as it is. The message lists every problem, one a line, and never a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** The compiler takes no schema with a variable of ours that is missing in known-variables.ts. */
type OfKnownVariables<Schema extends z.ZodObject> =
  Unknown<keyof z.output<Schema>> extends never
    ? unknown
    : { readonly notInKnownVariables: Unknown<keyof z.output<Schema>> };
type Unknown<Name> = Exclude<Extract<Name, `KEYFOLD_${string}`>, KnownVariable>;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the configuration once, at start.
 *
 * @param schema an object schema whose members are named like the variables (`KEYFOLD_ADMIN_PORT`) and take strings
 * @param env the environment; each variable may also be given as `<name>_FILE`, the path of a file that holds it (one
 *   trailing line break and a byte order mark are cut). An empty value or file counts as not given, and so does the
 *   address that Kubernetes puts into `<service>_PORT`.
 * @param warn called with a sentence for each `KEYFOLD_*` variable that nobody reads, and for each port that is such an
 *   address
 * @returns the parsed values, frozen
 * @throws ConfigError listing all problems at once; values are left out of it, since some are secrets
 */
export function loadConfig<Schema extends z.ZodObject>(
  schema: Schema & OfKnownVariables<Schema>,
  env: Environment = process.env,
  warn: (sentence: string) => void = () => undefined,
): Readonly<z.output<Schema>> {
  const problems: string[] = [];
  const values: Record<string, string> = {};
  const chosen = withoutServiceLinks(env, schema, warn);
  for (const name of Object.keys(schema.shape)) {
    const value = readVariable(name, chosen, problems);
    if (value !== undefined) values[name] = value;
  }
  for (const name of Object.keys(chosen))
    if (isUnknown(name, schema)) warn(`${name} is not a variable that Keyfold knows; it has no effect.`);

  const parsed = schema.safeParse(values);
  if (!parsed.success) problems.push(...schemaProblems(parsed.error, values, problems));
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems.join('\n'));
  return Object.freeze(parsed.data);
}

/** The environment without what Kubernetes has put there, of which only a port that nobody set needs a word. */
function withoutServiceLinks(env: Environment, schema: z.ZodObject, warn: (sentence: string) => void): Environment {
  const chosen: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(env)) {
    const isRead = name in schema.shape;
    if (isRead && isServiceAddress(name, value))
      warn(
        `${name} is the address of a Kubernetes Service, not a port, and has no effect. Set enableServiceLinks: false in the pod, or the port itself.`,
      );
    else if (isRead || !isServiceLink(name, value)) chosen[name] = value;
  }
  return chosen;
}

/**
 * What the schema found, but for variables that have a problem already (an unreadable file need not be called missing
 * as well).
 */
function schemaProblems(
  error: z.ZodError,
  values: Readonly<Record<string, string>>,
  known: readonly string[],
): string[] {
  return error.issues
    .map((issue) => ({ name: String(issue.path[0] ?? ''), message: issue.message }))
    .filter(({ name }) => !known.some((problem) => problem.startsWith(`${name}:`)))
    .map(({ name, message }) => `${name}: ${values[name] === undefined ? 'is required' : message}`);
}

function readVariable(name: string, env: Environment, problems: string[]): string | undefined {
  const direct = env[name];
  const path = env[`${name}_FILE`];
  if (direct && path) {
    problems.push(`${name}: both ${name} and ${name}_FILE are given; give one`);
    return undefined;
  }
  if (direct) return direct;
  if (!path) return undefined;
  try {
    const text = readFileSync(path, 'utf8').replace(/^\ufeff/, '');
    return text.replace(/\r?\n$/, '') || undefined;
  } catch (error) {
    problems.push(
      `${name}: cannot read the file that ${name}_FILE names (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`,
    );
    return undefined;
  }
}

function isUnknown(name: string, schema: z.ZodObject): boolean {
  if (!name.startsWith('KEYFOLD_')) return false;
  const bare = name.replace(/_FILE$/, '');
  return !(KNOWN_VARIABLES.has(name) || KNOWN_VARIABLES.has(bare) || name in schema.shape || bare in schema.shape);
}

const LINK_ADDRESS = /^(?:tcp|udp|sctp):\/\/(?:\[[0-9a-f:.]+\]|[^\s/:]+):\d{1,5}$/i;
const LINK_PORT = /_PORT$/;
const FURTHER_NAMES = [
  /_SERVICE_HOST$/,
  /_SERVICE_PORT(?:_[A-Z0-9_]+)?$/,
  /_PORT_\d{1,5}_(?:TCP|UDP|SCTP)(?:_PROTO|_PORT|_ADDR)?$/,
];

/**
 * Whether a variable `..._PORT` holds a Service's address (`tcp://10.96.0.5:3100`), which nobody has chosen as a port.
 */
function isServiceAddress(name: string, value: string | undefined): boolean {
  return value !== undefined && LINK_PORT.test(name) && LINK_ADDRESS.test(value);
}

/** Whether Kubernetes has put this variable there for some Service. */
function isServiceLink(name: string, value: string | undefined): boolean {
  return isServiceAddress(name, value) || FURTHER_NAMES.some((pattern) => pattern.test(name));
}
