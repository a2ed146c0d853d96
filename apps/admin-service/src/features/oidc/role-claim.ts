/** More than anybody's groups; a bound on what one token can make us look up. */
const MAX_ROLE_NAMES = 1_000;

type Claims = Readonly<Record<string, unknown>>;

/** The issuer says that there are values of the role claim, and does not give them. */
export class RolesWithheldError extends Error {
  override readonly name = 'RolesWithheldError';
  constructor(claim: string) {
    super(
      `the issuer leaves out the claim "${claim}", since it would be too long (_claim_names): let it name fewer groups, such as those assigned to this application`,
    );
  }
}

/**
 * The names in the role claim, however the issuer writes them: one text, a list of them, or an object whose members are
 * named like the roles (ZITADEL: `{"auditor": {"<organisation>": "<domain>"}}`). Whatever is not one of these names no
 * role.
 *
 * @param name of a claim; if there is none of that name, a path to one within objects, parted by dots (Keycloak:
 *   `realm_access.roles`)
 * @throws RolesWithheldError if the claim is left out as "distributed" (OpenID Connect Core 1.0, 5.6.2), as Entra does
 *   with more than 200 groups
 */
export function roleNamesOf(claims: Claims, name: string): string[] {
  const claim = claimAt(claims, name);
  if (claim === undefined && isDistributed(claims, name)) throw new RolesWithheldError(name);
  const values: unknown[] = Array.isArray(claim) ? claim : [claim];
  return values.flatMap(namesIn).slice(0, MAX_ROLE_NAMES);
}

/** Whether the claims say anything about roles, if only that there are none. */
export function hasRoleClaim(claims: Claims, name: string): boolean {
  return claimAt(claims, name) !== undefined || isDistributed(claims, name);
}

/** A name comes before a path: names that are URLs or URNs may have dots. */
function claimAt(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const part of name.split('.')) {
    if (!isObject(value) || !Object.hasOwn(value, part)) return undefined;
    value = value[part];
  }
  return value;
}

function isDistributed(claims: Claims, name: string): boolean {
  const names = claims['_claim_names'];
  return isObject(names) && Object.hasOwn(names, name);
}

function namesIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([role, organisations]) => (isGranted(organisations) ? [role] : []));
}

/** A member that says something else, such as `false`, must not give a role by its name. */
function isGranted(organisations: unknown): boolean {
  if (!isObject(organisations)) return false;
  const domains = Object.values(organisations);
  return domains.length > 0 && domains.every((domain) => typeof domain === 'string');
}

function isObject(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
