import { Injectable } from '@nestjs/common';
import { initialSettingsState, type SecuritySettings, type SettingsState } from '@keyfold/domain';
import { Database } from '../platform/database.js';

@Injectable()
export class SettingsQueries {
  constructor(private readonly database: Database) {}

  async get(): Promise<{ settings: SecuritySettings; version: number }> {
    const result = await this.database.pool.query<{ state: SettingsState; stream_version: string }>(selectSettings);
    const [row] = result.rows;
    // Nobody has changed anything yet: the stream does not exist, its version is 0.
    return { settings: (row?.state ?? initialSettingsState).settings, version: Number(row?.stream_version ?? 0) };
  }
}

const selectSettings = `
  select state, stream_version
  from keyfold.settings
  where id = 1`;
