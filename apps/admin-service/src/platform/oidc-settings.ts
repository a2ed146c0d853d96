import { z } from 'zod';

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Sign-in by OpenID Connect; off unless the issuer is given. */
export const oidcSettings = {
  /** Compared with `iss` character by character, so it is kept as it was written. */
  KEYFOLD_OIDC_ISSUER: z
    .string()
    .refine(
      isSafeIssuer,
      'must be an https:// URL (http:// only for a host of this machine) without query and fragment',
    )
    .optional(),
  KEYFOLD_OIDC_CLIENT_ID: z.string().optional(),
  /** Without it the client is a public one, which proves by PKCE alone that it began the sign-in. */
  KEYFOLD_OIDC_CLIENT_SECRET: z.string().optional(),
  KEYFOLD_OIDC_CREATE_USERS: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true'),
  KEYFOLD_OIDC_ROLE_CLAIM: z.string().max(200).optional(),
  /** What the sign-in page calls the identity provider. */
  KEYFOLD_OIDC_LABEL: z.string().trim().min(1).max(60).default('single sign-on'),
};

/** Only TLS protects the issuer's answers: without it, an attacker on the network path could sign in as anyone. */
function isSafeIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, search, hash } = new URL(text);
  return (protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname))) && search === '' && hash === '';
}
