import { foldSettings, initialSettingsState, type SettingsState } from '@keyfold/domain';
import type { Tx } from '@keyfold/event-store';
import type { ProjectedRecord } from './projected-record.js';

export async function projectSettings(tx: Tx, records: readonly ProjectedRecord<'settings'>[]): Promise<void> {
  const last = records.at(-1);
  if (!last) return;
  const stored = await tx.query<{ state: SettingsState }>(selectSettings);
  const state = records.reduce(
    (before, { read }) => foldSettings(before, read),
    stored.rows[0]?.state ?? initialSettingsState,
  );
  await tx.query(upsertSettings, [last.version, JSON.stringify(state)]);
}

const selectSettings = `
  select state
  from keyfold.settings
  where id = 1`;

const upsertSettings = `
  insert into keyfold.settings (id, stream_version, state)
  values (1, $1::bigint, $2::jsonb)
  on conflict on constraint settings_pkey do update
  set stream_version = excluded.stream_version, state = excluded.state`;
