import { createHash } from 'node:crypto';
import { cleanText, foldUsername, isText } from '@keyfold/domain';
import { roleNamesOf } from './role-claim.js';

const MAX_PROFILE_CHARACTERS = 200;
/** The longest `sub` (OpenID Connect Core 1.0, 2). */
const MAX_SUBJECT_CHARACTERS = 255;

/** Of a token that has been verified. */
export type IssuerClaims = Readonly<Record<string, unknown>> & { readonly sub: string };

/** What a token says about who signs in. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
  /** For a user that is made by this sign-in. */
  readonly profile: {
    /** In the order of preference, never empty: the first that nobody has is taken. */
    readonly usernames: readonly string[];
    readonly displayName: string | null;
    readonly email: string | null;
  };
  /** Values of the configured role claim; null if none is configured. */
  readonly roleNames: readonly string[] | null;
}

/**
 * Reads the claims that matter. Whatever else is odd about a claim, it counts as absent.
 *
 * @param roleClaim name of the claim whose values are role names, or a path to it
 * @throws RolesWithheldError if the issuer leaves the values out
 */
export function readIdentity(issuer: string, claims: IssuerClaims, roleClaim: string | undefined): Identity {
  return {
    issuer,
    subject: claims.sub,
    profile: {
      usernames: usernamesOf(issuer, claims),
      displayName: textClaim(claims['name']),
      email: textClaim(claims['email']),
    },
    roleNames: roleClaim === undefined ? null : roleNamesOf(claims, roleClaim),
  };
}

export function isSubject(subject: string): boolean {
  return subject !== '' && isText(subject, MAX_SUBJECT_CHARACTERS);
}

/**
 * The name that the issuer prefers, if it can be a user name here: a taken one is then not made up for, since its owner
 * is likely the same person, whom an administrator can link. Else the e-mail address, its local part, and that part
 * with a number; at last, if none of these can be a user name or all are taken, one that follows from the identity.
 */
function usernamesOf(issuer: string, claims: IssuerClaims): string[] {
  const preferred = usernameClaim(claims['preferred_username']);
  if (preferred !== null) return [preferred];
  const [localPart = ''] = asText(claims['email']).split('@');
  const base = foldUsername(asciiOf(localPart)) ?? foldUsername(asciiOf(asText(claims['preferred_username'])));
  const numbered = base === null ? [] : NUMBERS.map((number) => foldUsername(`${base}${number}`));
  const digest = createHash('sha256')
    .update(JSON.stringify([issuer, claims.sub]))
    .digest('hex');
  const names = [usernameClaim(claims['email']), base, ...numbered, `oidc-${digest.slice(0, 20)}`];
  return names.filter((name) => name !== null);
}

/** Numbers behind a name that is taken. */
const NUMBERS = Array.from({ length: 98 }, (_, at) => at + 2);

function usernameClaim(claim: unknown): string | null {
  return foldUsername(asText(claim));
}

/** A claim of another type counts as absent. */
function asText(claim: unknown): string {
  return typeof claim === 'string' ? claim : '';
}

/** Letters without their accents, and nothing that a user name cannot have: `Jörg Müller` gives `jorg.muller`. */
function asciiOf(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .trim()
    .replace(/\s+/gu, '.')
    .replace(/[^A-Za-z0-9._@+'-]/gu, '');
}

function textClaim(claim: unknown): string | null {
  return typeof claim === 'string' ? cleanText(claim, MAX_PROFILE_CHARACTERS) : null;
}
