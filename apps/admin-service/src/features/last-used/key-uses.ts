import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { KeyUse } from '@keyfold/messaging';

const MAX_ROUNDS = 20;
const PAUSE_MS = 25;

/**
 * When, from where and on which surface each key was last used. Only a later use replaces an earlier one, whatever the
 * order of the reports.
 */
export class KeyUses {
  constructor(private readonly pool: pg.Pool) {}

  /** @returns whether all were recorded; keys that do not exist count as recorded */
  async record(uses: readonly KeyUse[]): Promise<boolean> {
    let left = [...uses];
    for (let round = 0; left.length > 0; round++) {
      if (round === MAX_ROUNDS) return false;
      if (round > 0) await delay(PAUSE_MS);
      const { rows } = await this.pool.query<{ key_id: string }>(updateUses, [JSON.stringify(left)]);
      const busy = new Set(rows.map(({ key_id }) => key_id));
      left = left.filter(({ keyId }) => busy.has(keyId));
    }
    return true;
  }
}

// Rows that somebody holds are passed over and come in the next round: an append that changes a key can neither wait in
// a circle with this nor be chosen to break one. No time is taken that has not come yet. No address is kept for a key
// whose owner is erased; that is said of the row as it is once locked, whichever of the two came first.
const updateUses = `
  with reported as (
    select distinct on ("keyId") "keyId" as key_id, least(at, clock_timestamp()) as used_at, address, surface
    from jsonb_to_recordset($1::jsonb) as u ("keyId" text, at timestamptz, address inet, surface text)
    order by "keyId", at desc
  ), due as (
    select k.key_id, k.created_position, r.used_at, r.address, r.surface
    from reported r
    join keyfold.api_keys k on k.key_id = r.key_id
    join keyfold.key_uses u on u.created_position = k.created_position
    where u.last_use < r.used_at
  ), held as (
    select u.created_position
    from keyfold.key_uses u
    where u.created_position in (select due.created_position from due)
    for no key update skip locked
  ), written as (
    update keyfold.key_uses u
    set last_use = d.used_at, last_used_surface = d.surface,
      last_used_address = case when u.is_erased then null else d.address end
    from due d
    where d.created_position = u.created_position
      and u.created_position in (select held.created_position from held)
      and u.last_use < d.used_at
    returning u.created_position
  )
  select due.key_id
  from due
  where due.created_position not in (select held.created_position from held)
    and (select count(*) from written) >= 0`;
