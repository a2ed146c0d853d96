import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { OidcIdentity } from '@keyfold/domain';
import { Instant } from '../../http/fields.js';
import type { LinkedIdentity } from './linked-identities.js';

/** An identity of a user as callers see it. */
export const OidcIdentityResource = z
  .object({ id: z.string(), issuer: z.string(), subject: z.string().nullable(), linkedAt: Instant })
  .meta({ id: 'OidcIdentity' });
export type OidcIdentityResource = z.output<typeof OidcIdentityResource>;

export function identityResource({ identity, linkedAt }: LinkedIdentity): OidcIdentityResource {
  return { id: identityId(identity), ...identity, linkedAt };
}

/**
 * The id in the path. It follows from what it names, so the log need not carry one; as a hash it keeps the subject out
 * of URLs, and so out of the logs of proxies.
 */
export function identityId({ issuer, subject }: OidcIdentity): string {
  return createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest('base64url')
    .slice(0, 22);
}
