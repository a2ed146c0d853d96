import { type LogEvent, readLogEvent } from '@keyfold/domain';
import type { StoredRecord, Tx } from '@keyfold/event-store';

/** Writes what the records of the categories gateway/ and log/ say; all others are passed over. */
export function projectGateways(tx: Tx, records: readonly StoredRecord[]): void {
  for (const { record } of records) {
    const read = readLogEvent(record);
    if (read.kind === 'other') continue;
    // We wrote it a moment ago: what this version cannot read must not be committed at all.
    if (read.kind === 'invalid') throw new Error(`record ${record.position} cannot be read: ${read.detail}`);
    project(tx, read.event, record);
  }
}

function project(tx: Tx, event: LogEvent, { position, recordedAt, version }: StoredRecord['record']): void {
  switch (event.type) {
    case 'GatewayEnrolled': {
      const { gatewayId, process, verifierKey } = event.data;
      tx.send(insertEnrolment, [position, gatewayId, process, verifierKey, recordedAt]);
      return;
    }
    case 'GatewayRetired':
      tx.send(retireEnrolments, [event.data.gatewayId, position]);
      tx.send(deleteLeases, [event.data.gatewayId]);
      return;
    case 'LogSettingsChanged':
      tx.send(upsertSettings, [version, event.data.after.gatewayEnrolment]);
      return;
    case 'ForkAcknowledged':
      tx.send(insertOrigin, [position, event.data.previousOrigin, event.data.origin]);
  }
}

const insertEnrolment = `
  insert into keyfold.gateway_enrolments (position, gateway_id, slot, verifier_key, enrolled_at)
  values ($1::bigint, $2::text, $3::text, $4::text, $5::timestamptz)`;

const retireEnrolments = `
  update keyfold.gateway_enrolments
  set retired_position = $2::bigint
  where gateway_id = $1::text
    and retired_position is null`;

// A lease that came in between stays until it is over: confirmations wait for it.
const deleteLeases = `
  delete from keyfold.gateway_leases
  where gateway_id = $1::text
    and (ended is not null or longest_seconds = 0)`;

const upsertSettings = `
  insert into keyfold.log_settings (id, stream_version, gateway_enrolment)
  values (1, $1::bigint, $2::text)
  on conflict on constraint log_settings_pkey do update
  set stream_version = excluded.stream_version, gateway_enrolment = excluded.gateway_enrolment`;

const insertOrigin = `
  insert into keyfold.log_origins (position, previous_origin, origin)
  values ($1::bigint, $2::text, $3::text)`;
