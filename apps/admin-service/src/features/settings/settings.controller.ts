import { Body, Controller, Get, Patch, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { z } from 'zod';
import type { SettingsChange } from '@keyfold/domain';
import { RequirePermission } from '../../http/access.js';
import { Answer } from '../../http/answer.js';
import { Returns } from '../../http/returns.decorator.js';
import { Write } from '../../http/write-request.js';
import { writtenAnswer } from '../../http/written-answer.js';
import { SettingsQueries } from '../../tables/settings-queries.js';
import type { WriteRequest } from '../../write/write-request.js';
import { ChangeSecuritySettings } from './change-security-settings.js';
import { SettingsPreview, SettingsPreviews } from './settings-preview.js';
import { SecuritySettingsPatch, SecuritySettingsResource } from './settings-resource.js';

const ChangeQuery = z.strictObject({ dryRun: z.enum(['true', 'false']).optional() });

@Controller('v1/settings/security')
export class SettingsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly settings: SettingsQueries,
    private readonly previews: SettingsPreviews,
  ) {}

  @Get()
  @Returns(200, SecuritySettingsResource)
  @RequirePermission('settings.read')
  async read(): Promise<Answer<SecuritySettingsResource>> {
    const { settings, version } = await this.settings.get();
    return new Answer(settings, { version });
  }

  @Patch()
  @Returns(200, z.union([SecuritySettingsResource, SettingsPreview]))
  @RequirePermission('settings.manage')
  async change(
    @Write() write: WriteRequest,
    @Query({ schema: ChangeQuery }) { dryRun }: z.output<typeof ChangeQuery>,
    @Body({ schema: SecuritySettingsPatch }) body: SecuritySettingsPatch,
  ): Promise<unknown> {
    const { gatewayEnrolment = null, ...others } = body;
    const changes = others as SettingsChange;
    if (dryRun === 'true') return this.preview(write, changes);
    return writtenAnswer(await this.commands.execute(new ChangeSecuritySettings(write, changes, gatewayEnrolment)));
  }

  private async preview(write: WriteRequest, changes: SettingsChange): Promise<Answer<SettingsPreview>> {
    const { position, preview } = await this.previews.of(changes, write.ifMatch);
    return new Answer(preview, { position, confirms: null });
  }
}
