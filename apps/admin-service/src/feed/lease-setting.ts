import { foldSettings, initialSettingsState, readEvent, SETTINGS_STREAM, type SettingsState } from '@keyfold/domain';
import type { PostgresEventStore, StoredRecord } from '@keyfold/event-store';

interface Known {
  readonly state: SettingsState;
  /** The last record of the stream that is in `state`. */
  readonly last: StoredRecord;
}

/** The lease that the settings grant gateways. Read from the log each time, but only what has come since the last time. */
export class LeaseSetting {
  private known: Known | null = null;

  constructor(private readonly store: Pick<PostgresEventStore, 'readStreams'>) {}

  /** @returns the lease of this moment, in seconds */
  async seconds(): Promise<number> {
    const { known } = this;
    // With the last known record: if the log has lost it (a failover to a standby that lacked it), everything is read anew.
    const after = (known?.last.record.version ?? 1) - 1;
    const { records } = await this.store.readStreams([{ stream: SETTINGS_STREAM, after }]);
    if (known === null) return this.begin(records);
    const [first, ...further] = records;
    if (first?.leaf.equals(known.last.leaf) !== true) return this.readAnew();
    return this.remember(known.state, further, known.last);
  }

  private readAnew(): Promise<number> {
    this.known = null;
    return this.seconds();
  }

  private begin(records: readonly StoredRecord[]): number {
    return this.remember(initialSettingsState, records, null);
  }

  private remember(before: SettingsState, records: readonly StoredRecord[], lastBefore: StoredRecord | null): number {
    const state = records.reduce(folded, before);
    const last = records.at(-1) ?? lastBefore;
    // Two that read at once may end in either order; each has read from the log itself.
    if (last !== null && last.record.version >= (this.known?.last.record.version ?? 0)) this.known = { state, last };
    return state.settings.gatewayLeaseSeconds;
  }
}

function folded(state: SettingsState, { openings, record }: StoredRecord): SettingsState {
  const read = readEvent(record, openings);
  return (read.kind === 'event' || read.kind === 'invalid') && read.category === 'settings'
    ? foldSettings(state, read)
    : state;
}
