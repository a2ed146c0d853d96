import type { Tx } from '@keyfold/event-store';
import type { ProjectedRecord } from './projected-record.js';

/** An erasure takes along from where the person's keys were used, in the append's transaction. */
export function forgetAddresses(tx: Tx, records: readonly ProjectedRecord<'user'>[]): void {
  const erased = records.flatMap(({ id, read }) =>
    read.kind === 'event' && read.recorded.event.type === 'UserErased' ? [id] : [],
  );
  if (erased.length > 0) {
    tx.send(clearAddresses, [erased]);
    tx.send(deleteHashes, [erased]);
  }
}

const clearAddresses = `
  update keyfold.key_uses u
  set last_used_address = null, is_erased = true
  from keyfold.api_keys k
  where k.user_id = any ($1::text[])
    and u.created_position = k.created_position`;

const deleteHashes = `
  delete from keyfold.retired_key_addresses a
  using keyfold.notices n
  where n.notice_id = a.notice_id
    and n.user_id = any ($1::text[])`;
