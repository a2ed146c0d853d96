import type { Role } from '../../api/types.gen.js';
import type { Messages } from '../../text/en.js';

/** What the service says of a built-in role is in the one language that it has. */
export function descriptionOf({ description, id, system }: Role, { builtIn }: Messages['roles']): string | null {
  const known: Readonly<Record<string, string>> = builtIn;
  return system ? (known[id] ?? description) : description;
}

/** What a permission allows. One that a newer service knows and this page does not has no sentence here. */
export function sentenceOf(permission: string, { sentences }: Messages['roles']): string | undefined {
  const known: Readonly<Record<string, string>> = sentences;
  return known[permission];
}
