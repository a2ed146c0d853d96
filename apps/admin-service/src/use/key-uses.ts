import type { KeyUse } from '@keyfold/messaging';
import type pg from 'pg';
import { setTimeout as delay } from 'node:timers/promises';

const MAX_ROUNDS = 20;
const PAUSE_MS = 25;

/** When, from where and by which way in each key was used last. Moves forward only, whatever order the reports come in. */
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

// Rows that somebody holds are passed over and come in the next round: an append that rewrites a key can neither wait in a circle with this
// nor be chosen to break one. No time is taken that has not come yet. A key without its hash belongs to nobody any more, so no address is
// kept for it; that is said of the row as it is once locked.
const updateUses = `
  with reported as (
    select distinct on ("keyId") "keyId" as key_id, least(at, clock_timestamp()) as used_at, address, surface
    from jsonb_to_recordset($1::jsonb) as u ("keyId" text, at timestamptz, address inet, surface text)
    order by "keyId", at desc
  ), due as (
    select k.key_id
    from keyfold.api_keys k
    join reported r on r.key_id = k.key_id
    where k.last_used_at is null
      or k.last_used_at < r.used_at
  ), held as (
    select k.key_id
    from keyfold.api_keys k
    where k.key_id in (select due.key_id from due)
    for no key update skip locked
  ), written as (
    update keyfold.api_keys k
    set last_used_at = r.used_at, last_used_surface = r.surface,
      last_used_address = case when k.state ->> 'secretHash' is null then null else r.address end
    from reported r
    where r.key_id = k.key_id
      and k.key_id in (select held.key_id from held)
      and (k.last_used_at is null or k.last_used_at < r.used_at)
    returning k.key_id
  )
  select due.key_id
  from due
  where due.key_id not in (select held.key_id from held)
    and (select count(*) from written) >= 0`;
