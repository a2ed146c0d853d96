import { Module } from '@nestjs/common';
import { ChangeSecuritySettingsHandler } from './change-security-settings.js';
import { SettingsController } from './settings.controller.js';
import { SettingsPreviews } from './settings-preview.js';

/** The security settings, and what a change of them would do. */
@Module({
  controllers: [SettingsController],
  providers: [ChangeSecuritySettingsHandler, SettingsPreviews],
})
export class SettingsModule {}
