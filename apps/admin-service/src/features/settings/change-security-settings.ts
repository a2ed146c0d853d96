import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  decideSettings,
  foldSettings,
  type GatewayEnrolment,
  gatewayEnrolmentChanged,
  LOG_SETTINGS_STREAM,
  type NewEvent,
  SETTINGS_STREAM,
  type SettingsChange,
  type SettingsState,
} from '@keyfold/domain';
import { Causes, setsOneOf } from '../../write/causes.js';
import type { Written } from '../../write/decision.js';
import { foldRecords, StreamReader } from '../../write/stream-reader.js';
import type { WriteRequest } from '../../write/write-request.js';
import { Writer } from '../../write/writer.js';

/** The one resource of settings; who gets a lease decides no access and so is in a stream that gateways pass over. */
export class ChangeSecuritySettings extends Command<Written> {
  /** @param gatewayEnrolment null: as it is */
  constructor(
    readonly write: WriteRequest,
    readonly changes: SettingsChange,
    readonly gatewayEnrolment: GatewayEnrolment | null,
  ) {
    super();
  }
}

interface State {
  readonly settings: SettingsState;
  readonly gatewayEnrolment: GatewayEnrolment;
}

@CommandHandler(ChangeSecuritySettings)
export class ChangeSecuritySettingsHandler implements ICommandHandler<ChangeSecuritySettings> {
  constructor(
    private readonly writer: Writer,
    private readonly streams: StreamReader,
    private readonly causes: Causes,
  ) {}

  execute({ write, ...change }: ChangeSecuritySettings): Promise<Written> {
    return this.writer.run<State>(write, () => ({
      resource: SETTINGS_STREAM,
      versionedBy: [SETTINGS_STREAM, LOG_SETTINGS_STREAM],
      read: async () => {
        const [settings, enrolment] = await Promise.all([this.streams.settings(), this.streams.gatewayEnrolment()]);
        const state = { settings: settings.state, gatewayEnrolment: enrolment.state };
        return { state, streams: [settings, enrolment] };
      },
      decide: (state) => decide(change, state),
      cause: (_state, head) => this.causeOf(change, head),
      answer: (state, { records }) => {
        const ofSettings = records.filter(({ record }) => record.stream === SETTINGS_STREAM);
        const fold = { category: 'settings', initial: state.settings, fold: foldSettings } as const;
        const gatewayEnrolment = change.gatewayEnrolment ?? state.gatewayEnrolment;
        return { status: 200, body: { ...foldRecords(fold, ofSettings).settings, gatewayEnrolment } };
      },
    }));
  }

  /** Of the record since which all that was asked for holds. A setting that nobody has changed holds without one. */
  private async causeOf({ changes, gatewayEnrolment }: Asked, head: number): Promise<number | null> {
    const members = Object.keys(changes);
    const positions = await Promise.all([
      members.length === 0 ? null : this.causes.newest(SETTINGS_STREAM, head, (record) => setsOneOf(members, record)),
      gatewayEnrolment === null ? null : this.causes.newest(LOG_SETTINGS_STREAM, head, () => true),
    ]);
    const known = positions.filter((position) => position !== null);
    return known.length === 0 ? null : Math.max(...known);
  }
}

type Asked = Pick<ChangeSecuritySettings, 'changes' | 'gatewayEnrolment'>;

function decide(change: Asked, state: State): readonly NewEvent[] {
  const { changes, gatewayEnrolment } = change;
  const events: readonly NewEvent[] = decideSettings({ type: 'ChangeSecuritySettings', changes }, state.settings);
  const changed = gatewayEnrolmentChanged(state.gatewayEnrolment, gatewayEnrolment ?? state.gatewayEnrolment);
  return changed === null ? events : [...events, changed];
}
