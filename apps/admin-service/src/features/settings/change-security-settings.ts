import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { decideSettings, foldSettings, SETTINGS_STREAM, type SettingsChange } from '@keyfold/domain';
import type { Written } from '../../write/decision.js';
import { foldRecords, StreamReader } from '../../write/stream-reader.js';
import { Writer } from '../../write/writer.js';
import type { WriteRequest } from '../../write/write-request.js';

export class ChangeSecuritySettings extends Command<Written> {
  constructor(
    readonly write: WriteRequest,
    readonly changes: SettingsChange,
  ) {
    super();
  }
}

@CommandHandler(ChangeSecuritySettings)
export class ChangeSecuritySettingsHandler implements ICommandHandler<ChangeSecuritySettings> {
  constructor(
    private readonly writer: Writer,
    private readonly streams: StreamReader,
  ) {}

  execute({ write, changes }: ChangeSecuritySettings): Promise<Written> {
    return this.writer.run(write, () => ({
      resource: SETTINGS_STREAM,
      read: async () => {
        const settings = await this.streams.settings();
        return { state: settings.state, streams: [settings] };
      },
      decide: (state) => decideSettings({ type: 'ChangeSecuritySettings', changes }, state),
      answer: (state, { records }) => ({
        status: 200,
        body: { ...foldRecords({ category: 'settings', initial: state, fold: foldSettings }, records).settings },
      }),
    }));
  }
}
