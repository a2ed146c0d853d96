import { apiKeyStream, userStream } from '@keyfold/domain';
import { eraseStreamOpenings, type Tx } from '@keyfold/event-store';
import type { ProjectedRecord } from './projected-record.js';

type UserRecord = ProjectedRecord<'user'>;

/** The records that erase somebody. */
export function erasuresAmong(users: readonly UserRecord[]): UserRecord[] {
  return users.filter(({ read }) => read.kind === 'event' && read.recorded.event.type === 'UserErased');
}

/**
 * Forgets failed and known sign-ins of these persons' names, and what was answered to them. Before their rows lose the
 * names, by which the sign-ins are found.
 */
export function forgetTraces(tx: Tx, erasures: readonly UserRecord[]): void {
  if (erasures.length === 0) return;
  const userIds = erasures.map(({ id }) => id);
  tx.send(deleteFailures, [userIds]);
  tx.send(deleteAddresses, [userIds]);
  tx.send(deleteAnswers, [userIds.map(userStream)]);
  tx.send(deleteUseAddresses, [userIds]);
}

/**
 * Destroys what opens the sealed values of these persons and of their keys, in the erasure's own transaction: at no
 * moment, and after no crash, does the log say that they are erased while the values are still there. The relay removes
 * them from the stream.
 */
export async function eraseOpeningsOf(tx: Tx, erasures: readonly UserRecord[]): Promise<void> {
  for (const { id, position } of erasures) {
    const keys = await tx.query<{ key_id: string }>(selectKeyIds, [id]);
    const streams = [userStream(id), ...keys.rows.map(({ key_id }) => apiKeyStream(key_id))];
    await eraseStreamOpenings(tx, streams, position);
  }
}

// The hash is the throttle's: see sign-in-throttle.ts.
const accountHashes = `
  select sha256(convert_to(u.username, 'UTF8'))
  from keyfold.users u
  where u.user_id = any ($1::text[])
    and u.username is not null`;

const deleteFailures = `
  delete from keyfold.sign_in_failures
  where account_hash in (${accountHashes})`;

const deleteAddresses = `
  delete from keyfold.sign_in_addresses
  where account_hash in (${accountHashes})`;

const deleteAnswers = `
  delete from keyfold.idempotency_keys
  where actor = any ($1::text[])
    and status is not null`;

// Keyed hashes; the notices themselves hold nothing personal.
const deleteUseAddresses = `
  delete from keyfold.retired_key_addresses
  where notice_id in (
    select n.notice_id
    from keyfold.notices n
    where n.user_id = any ($1::text[])
  )`;

const selectKeyIds = `
  select key_id
  from keyfold.api_keys
  where user_id = $1::text`;
