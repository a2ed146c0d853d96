import { DomainError } from '@keyfold/domain';
import type { Tx } from '@keyfold/event-store';

/** An identity is one user's. Runs under the head lock. */
export async function refuseTakenIdentity(
  tx: Pick<Tx, 'query'>,
  userId: string,
  { issuer, subject }: { readonly issuer: string; readonly subject: string },
): Promise<DomainError | null> {
  const taken = await tx.query(selectOther, [JSON.stringify([{ issuer, subject }]), userId]);
  return taken.rows.length === 0 ? null : new DomainError('IDENTITY_TAKEN', 'Another user has this identity.');
}

const selectOther = `
  select 1
  from keyfold.users u
  where u.oidc_identities @> $1::jsonb
    and u.user_id <> $2::text`;
