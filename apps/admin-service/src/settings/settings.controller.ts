import { Body, Controller, Get, Patch } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { SecuritySettings, SettingsChange } from '@keyfold/domain';
import { RequirePermission } from '../http/access.js';
import { Answer } from '../http/answer.js';
import { Returns } from '../http/returns.decorator.js';
import { Write, type WriteRequest } from '../http/write-request.js';
import { writtenAnswer } from '../http/written-answer.js';
import { SettingsQueries } from '../read-models/settings-queries.js';
import { ChangeSecuritySettings } from './change-security-settings.js';
import { SecuritySettingsPatch, SecuritySettingsResource } from './settings-resource.js';

@Controller('v1/settings/security')
export class SettingsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly settings: SettingsQueries,
  ) {}

  @Get()
  @Returns(200, SecuritySettingsResource, { problems: [403] })
  @RequirePermission('settings.read')
  async read(): Promise<Answer<SecuritySettings>> {
    const { settings, version } = await this.settings.get();
    return new Answer(settings, { version });
  }

  @Patch()
  @Returns(200, SecuritySettingsResource, { problems: [403, 412] })
  @RequirePermission('settings.manage')
  async change(
    @Write() write: WriteRequest,
    @Body({ schema: SecuritySettingsPatch }) body: SecuritySettingsPatch,
  ): Promise<unknown> {
    return writtenAnswer(await this.commands.execute(new ChangeSecuritySettings(write, body as SettingsChange)));
  }
}
