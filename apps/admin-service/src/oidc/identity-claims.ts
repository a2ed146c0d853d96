import { createHash } from 'node:crypto';
import { foldUsername, isText } from '@keyfold/domain';

const MAX_PROFILE_CHARACTERS = 200;
/** More than anybody's groups; a bound on what one token can make us look up. */
const MAX_ROLE_NAMES = 1_000;
/** The longest `sub` (OpenID Connect Core 1.0, 2). */
const MAX_SUBJECT_CHARACTERS = 255;

/** Of a token that has been verified. */
export type IssuerClaims = Readonly<Record<string, unknown>> & { readonly sub: string };

/** What a token says about who signs in. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
  /** For a user that is made by this sign-in. */
  readonly profile: { readonly username: string; readonly displayName: string | null; readonly email: string | null };
  /** Values of the configured role claim; null if none is configured. */
  readonly roleNames: readonly string[] | null;
}

/**
 * Reads the claims that matter. Whatever else is odd about a claim, it counts as absent.
 *
 * @param roleClaim name of the top-level claim whose values are role names
 */
export function readIdentity(issuer: string, claims: IssuerClaims, roleClaim: string | undefined): Identity {
  return {
    issuer,
    subject: claims.sub,
    profile: {
      username: usernameOf(issuer, claims),
      displayName: textClaim(claims['name']),
      email: textClaim(claims['email']),
    },
    roleNames: roleClaim === undefined ? null : roleNamesOf(claims[roleClaim]),
  };
}

export function isSubject(subject: string): boolean {
  return subject !== '' && isText(subject, MAX_SUBJECT_CHARACTERS);
}

/** The name that the issuer prefers, or the e-mail address, where it can be a user name; else one that follows from the identity. */
function usernameOf(issuer: string, claims: IssuerClaims): string {
  for (const claim of [claims['preferred_username'], claims['email']]) {
    const username = typeof claim === 'string' ? foldUsername(claim) : null;
    if (username !== null) return username;
  }
  const digest = createHash('sha256')
    .update(JSON.stringify([issuer, claims.sub]))
    .digest('hex');
  return `oidc-${digest.slice(0, 20)}`;
}

function textClaim(claim: unknown): string | null {
  return typeof claim === 'string' && claim !== '' && isText(claim, MAX_PROFILE_CHARACTERS) ? claim : null;
}

/** One value or a list of them. */
function roleNamesOf(claim: unknown): string[] {
  const values: unknown[] = Array.isArray(claim) ? claim : [claim];
  return values.filter((value) => typeof value === 'string').slice(0, MAX_ROLE_NAMES);
}
