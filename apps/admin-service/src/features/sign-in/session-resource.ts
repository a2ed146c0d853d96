import { z } from 'zod';
import { Instant, Password, Username } from '../../http/fields.js';
import { UserResource } from '../users/user-resource.js';
import type { SessionRow } from './session-store.js';

export const SignInBody = z.strictObject({ username: Username, password: Password }).meta({ id: 'SignIn' });

export const SignedInResource = z
  .object({ token: z.string(), expiresAt: Instant, user: UserResource })
  .meta({ id: 'SignedIn' });

export const SessionResource = z
  .object({
    id: z.string(),
    createdAt: Instant,
    lastSeenAt: Instant,
    expiresAt: Instant,
    address: z.string(),
    userAgent: z.string().nullable(),
    current: z.boolean(),
  })
  .meta({ id: 'Session' });

export type SessionResource = z.output<typeof SessionResource>;

export function sessionResource(row: SessionRow, currentSessionId: string | null): SessionResource {
  return {
    id: row.session_id,
    createdAt: row.created_at.toISOString(),
    lastSeenAt: row.last_seen_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    address: row.address,
    userAgent: row.user_agent,
    current: row.session_id === currentSessionId,
  };
}
