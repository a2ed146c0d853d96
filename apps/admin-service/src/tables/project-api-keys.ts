import {
  type ApiKeyState,
  DAY_MS,
  eraseFromKey,
  foldApiKey,
  initialApiKeyState,
  initialSettingsState,
  isExistingKey,
} from '@keyfold/domain';
import { prepared, type Tx } from '@keyfold/event-store';
import { type FoldedRow, foldRows, type KnownRows } from './fold-rows.js';
import { endsUnder } from './key-status-conditions.js';
import type { ProjectedRecord } from './projected-record.js';
import { searchWords } from './search-words.js';

export async function projectApiKeys(
  tx: Tx,
  records: readonly ProjectedRecord<'api-key'>[],
  known: KnownRows<ApiKeyState>,
): Promise<void> {
  if (records.length === 0) return;
  const rows = await foldRows<'api-key', ApiKeyState>(tx, records, {
    select: selectKeys,
    known,
    initial: initialApiKeyState,
    fold: foldApiKey,
  });
  // An unusable key keeps its last row's columns; a stream that was never a key has no owner to be listed under.
  const keys = rows.filter(({ state }) => isExistingKey(state));
  if (keys.length > 0) tx.send(upsertKeys([JSON.stringify(keys.map(toRow))]));
  const unusable = rows.filter(({ state }) => state.status === 'unusable');
  if (unusable.length === 0) return;
  tx.send(updateUnusable, [
    JSON.stringify(unusable.map(({ id, version, state }) => ({ key_id: id, stream_version: version, state }))),
  ]);
}

/**
 * What an erasure does to the keys of these users: revoked, and nothing personal is left in them. After the keys' own
 * records of the same transaction, which may have written them a moment ago.
 */
export async function eraseKeysOf(tx: Tx, erasures: readonly ProjectedRecord<'user'>[]): Promise<void> {
  if (erasures.length === 0) return;
  const keys = await tx.query<{ key_id: string; state: ApiKeyState }>(selectKeysOf, [erasures.map(({ id }) => id)]);
  const rows = keys.rows.map(({ key_id, state }) => ({ key_id, state: eraseFromKey(state) }));
  tx.send(updateErased, [JSON.stringify(rows)]);
}

function toRow({ id, state, version, createdPosition }: FoldedRow<ApiKeyState>): object {
  if (!isExistingKey(state)) throw new Error('not a key');
  return {
    key_id: id,
    stream_version: version,
    created_position: createdPosition,
    user_id: state.userId,
    created_at_ms: state.issuedAtMs,
    issued_at_ms: state.status === 'pending' ? null : (state.claimedAtMs ?? state.issuedAtMs),
    own_expires_at_ms: state.expiresAtMs,
    is_pending: state.status === 'pending',
    is_revoked: state.revokedAtMs !== null,
    superseded_until_ms: state.supersededUntilMs,
    state,
    search_words: searchWords(state.name),
  };
}

export const selectKeys = prepared(
  'keyfold_project_select_keys',
  `
  select key_id as id, state, created_position
  from keyfold.api_keys
  where key_id = any ($1::text[])`,
);

// What a bulk revocation and the passing of time make of it is the sweep's part: see key-list-sweep.ts.
const classWithoutSweep = `
    case
      when k.is_revoked then 'revoked'
      when k.superseded_until_ms is not null then 'superseded'
      when k.is_pending then 'pending'
      else 'live'
    end`;

const upsertKeys = prepared(
  'keyfold_project_upsert_keys',
  `
  insert into keyfold.api_keys as k (
    key_id, stream_version, created_position, user_id, created_at_ms, issued_at_ms, own_expires_at_ms, is_pending,
    is_revoked, superseded_until_ms, state, search_words, list_class, ends_at_ms, supervisor_id
  )
  select k.key_id, k.stream_version, k.created_position, k.user_id, k.created_at_ms, k.issued_at_ms, k.own_expires_at_ms,
    k.is_pending, k.is_revoked, k.superseded_until_ms, k.state, array_to_tsvector(k.search_words), ${classWithoutSweep}, ${endsUnder(`p.max_days * ${DAY_MS}`)},
    (select u.supervisor_id from keyfold.users u where u.user_id = k.user_id and u.status in ('active', 'deactivated'))
  from jsonb_to_recordset($1::jsonb) as k (
    key_id text, stream_version bigint, created_position bigint, user_id text, created_at_ms bigint, issued_at_ms bigint,
    own_expires_at_ms bigint, is_pending boolean, is_revoked boolean, superseded_until_ms bigint, state jsonb, search_words text[]
  )
  cross join (
    select coalesce(
      (select (state #>> '{settings,maxApiKeyLifetimeDays}')::bigint from keyfold.settings where id = 1),
      ${initialSettingsState.settings.maxApiKeyLifetimeDays}
    ) as max_days
  ) as p
  on conflict on constraint api_keys_pkey do update
  set stream_version = excluded.stream_version, issued_at_ms = excluded.issued_at_ms,
    own_expires_at_ms = excluded.own_expires_at_ms, is_pending = excluded.is_pending,
    is_revoked = k.is_revoked or excluded.is_revoked,
    superseded_until_ms = excluded.superseded_until_ms, state = excluded.state, ends_at_ms = excluded.ends_at_ms,
    list_class = case k.list_class when 'revoked' then 'revoked' else excluded.list_class end`,
);

const updateUnusable = `
  update keyfold.api_keys k
  set stream_version = u.stream_version, state = u.state
  from jsonb_to_recordset($1::jsonb) as u (key_id text, stream_version bigint, state jsonb)
  where k.key_id = u.key_id`;

const selectKeysOf = `
  select key_id, state
  from keyfold.api_keys
  where user_id = any ($1::text[])`;

const updateErased = `
  update keyfold.api_keys k
  set is_revoked = true, list_class = 'revoked', supervisor_id = null, search_words = ''::tsvector, state = e.state
  from jsonb_to_recordset($1::jsonb) as e (key_id text, state jsonb)
  where k.key_id = e.key_id`;
