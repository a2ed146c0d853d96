import { foldSettings, initialSettingsState, readEvent } from '@keyfold/domain';
import type { PostgresEventStore } from '@keyfold/event-store';

/** The lease that the settings grant gateways at this moment, in seconds; read from the log each time. */
export async function leaseSecondsOf(store: Pick<PostgresEventStore, 'readStream'>): Promise<number> {
  const records = await store.readStream('settings/security');
  const state = records.reduce((settings, { openings, record }) => {
    const read = readEvent(record, openings);
    return (read.kind === 'event' || read.kind === 'invalid') && read.category === 'settings'
      ? foldSettings(settings, read)
      : settings;
  }, initialSettingsState);
  return state.settings.gatewayLeaseSeconds;
}
