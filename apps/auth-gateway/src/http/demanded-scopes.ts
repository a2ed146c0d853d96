import { isScope } from '@keyfold/domain';

const NONE: readonly string[] = [];

/**
 * The scopes that a URL's query demands: `?scopes=a,b`, also several times. Other parameters are passed over, since a
 * proxy may append those of its client.
 *
 * @param query what follows the question mark
 * @returns null if one of them can be no scope: it must not be taken for "none demanded"
 */
export function demandedScopes(query: string): readonly string[] | null {
  if (query === '') return NONE;
  const scopes: string[] = [];
  for (const [name, value] of new URLSearchParams(query)) if (name === 'scopes') scopes.push(...value.split(','));
  return scopes.every(isScope) ? scopes : null;
}
