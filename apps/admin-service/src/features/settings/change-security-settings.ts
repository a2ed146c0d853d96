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
      answer: (state, { records }) => {
        const ofSettings = records.filter(({ record }) => record.stream === SETTINGS_STREAM);
        const fold = { category: 'settings', initial: state.settings, fold: foldSettings } as const;
        const gatewayEnrolment = change.gatewayEnrolment ?? state.gatewayEnrolment;
        return { status: 200, body: { ...foldRecords(fold, ofSettings).settings, gatewayEnrolment } };
      },
    }));
  }
}

function decide(
  change: Pick<ChangeSecuritySettings, 'changes' | 'gatewayEnrolment'>,
  state: State,
): readonly NewEvent[] {
  const { changes, gatewayEnrolment } = change;
  const events: readonly NewEvent[] = decideSettings({ type: 'ChangeSecuritySettings', changes }, state.settings);
  const changed = gatewayEnrolmentChanged(state.gatewayEnrolment, gatewayEnrolment ?? state.gatewayEnrolment);
  return changed === null ? events : [...events, changed];
}
