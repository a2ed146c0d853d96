import { foldSettings, initialSettingsState, type SettingsState } from '@keyfold/domain';
import { prepared, type Tx } from '@keyfold/event-store';
import { EVERYBODY } from './bulk-revocations.js';
import type { ProjectedRecord } from './projected-record.js';

/** Keys that an append brings up to date itself: so many take some ten milliseconds under the head lock. */
const MAX_SWEPT_AT_ONCE = 500;

/** What this transaction knows of the stored settings. */
export interface KnownSettings {
  state: SettingsState | null;
}

export async function readSettings(tx: Tx): Promise<KnownSettings> {
  const { rows } = await tx.query<{ state: SettingsState }>(selectSettings());
  return { state: rows[0]?.state ?? initialSettingsState };
}

export async function projectSettings(
  tx: Tx,
  records: readonly ProjectedRecord<'settings'>[],
  known: KnownSettings,
): Promise<void> {
  const last = records.at(-1);
  if (!last) return;
  const before = known.state ?? (await readSettings(tx)).state ?? initialSettingsState;
  const state = records.reduce((folded, { read }) => foldSettings(folded, read), before);
  known.state = state;
  tx.send(upsertSettings([last.version, JSON.stringify(state)]));
  const revocations = records.flatMap(revocationOf);
  const isOtherMaximum = before.settings.maxApiKeyLifetimeDays !== state.settings.maxApiKeyLifetimeDays;
  if (isOtherMaximum || revocations.some(({ userId }) => userId === EVERYBODY)) tx.send(requestSweep, [isOtherMaximum]);
  for (const { issuedBeforeMs, position, userId } of revocations) {
    tx.send(upsertRevocation, [userId, position, issuedBeforeMs]);
    if (userId !== EVERYBODY) tx.send(sweepOwner, [userId, MAX_SWEPT_AT_ONCE]);
  }
}

/** Keeps when keys were revoked in bulk. */
export function projectBulkRevocations(tx: Tx, records: readonly ProjectedRecord<'settings'>[]): void {
  for (const { atMs, issuedBeforeMs, position, reason, userId } of records.flatMap(revocationOf))
    tx.send(insertRevocation, [position, userId, issuedBeforeMs, atMs, reason]);
}

function revocationOf({ position, read }: ProjectedRecord<'settings'>) {
  if (read.kind !== 'event' || read.recorded.event.type !== 'ApiKeysBulkRevoked') return [];
  const { filter, reason } = read.recorded.event.data;
  const issuedBeforeMs = filter.issuedBefore === undefined ? null : Date.parse(filter.issuedBefore);
  return [{ atMs: read.recorded.recordedAtMs, issuedBeforeMs, position, reason, userId: filter.userId ?? EVERYBODY }];
}

const selectSettings = prepared(
  'keyfold_project_select_settings',
  `
  select state
  from keyfold.settings
  where id = 1`,
);

// See key-list-sweep.ts.
const requestSweep = `
  update keyfold.key_list_sweeps
  set is_due = true, generation = generation + 1, max_days = case when $1::boolean then null else max_days end
  where id = 1`;

const upsertSettings = prepared(
  'keyfold_project_upsert_settings',
  `
  insert into keyfold.settings (id, stream_version, state)
  values (1, $1::bigint, $2::jsonb)
  on conflict on constraint settings_pkey do update
  set stream_version = excluded.stream_version, state = excluded.state`,
);

const insertRevocation = `
  insert into keyfold.bulk_revocation_records (position, user_id, issued_before_ms, at_ms, reason)
  values ($1::bigint, $2::text, $3::bigint, $4::bigint, $5::text)
  on conflict on constraint bulk_revocation_records_pkey do nothing`;

// Whatever the revocation says of instants is a position: the log's times never go back, so the keys issued before an
// instant are those before the first one issued at it or later. Keys in this same transaction are issued after it or
// are in the table by then (see readModels).
const upsertRevocation = `
  insert into keyfold.bulk_revocations as b (user_id, before_position)
  select $1::text, coalesce(
    (
      select k.created_position
      from keyfold.api_keys k
      where k.created_at_ms >= $3::bigint
        and k.created_position < $2::bigint
      order by k.created_at_ms, k.created_position
      limit 1
    ),
    $2::bigint
  )
  on conflict on constraint bulk_revocations_pkey do update
  set before_position = greatest(b.before_position, excluded.before_position)`;

// The keys of one owner are few, and no reason to go through all of them. Only where they are many a sweep is due.
const sweepOwner = `
  with revoked as materialized (
    select k.key_id
    from keyfold.bulk_revocations b
    join keyfold.api_keys k on k.user_id = b.user_id and k.created_position < b.before_position
    where b.user_id = $1::text
      and k.list_class <> 'revoked'
    limit $2::int + 1
  ),
  rest as (
    update keyfold.key_list_sweeps
    set is_due = true, generation = generation + 1
    where id = 1
      and (select count(*) from revoked) > $2::int
  )
  update keyfold.api_keys
  set list_class = 'revoked'
  where key_id in (select key_id from revoked)
    and (select count(*) from revoked) <= $2::int`;
