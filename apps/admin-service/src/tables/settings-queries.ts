import { Injectable } from '@nestjs/common';
import {
  DEFAULT_GATEWAY_ENROLMENT,
  type GatewayEnrolment,
  initialSettingsState,
  type SecuritySettings,
  type SettingsState,
} from '@keyfold/domain';
import { Database } from '../platform/database.js';

@Injectable()
export class SettingsQueries {
  constructor(private readonly database: Database) {}

  /** @returns the settings of both streams, and the sum of their versions */
  async get(): Promise<{ settings: SecuritySettings & { gatewayEnrolment: GatewayEnrolment }; version: number }> {
    const result = await this.database.pool.query<SettingsRow>(selectSettings);
    const [row] = result.rows;
    if (row === undefined) throw new Error('a query of one row has none');
    // While nobody has changed anything a stream does not exist, its version is 0.
    const { settings } = row.state ?? initialSettingsState;
    const gatewayEnrolment = row.gateway_enrolment ?? DEFAULT_GATEWAY_ENROLMENT;
    return { settings: { ...settings, gatewayEnrolment }, version: Number(row.version) };
  }
}

interface SettingsRow {
  readonly state: SettingsState | null;
  readonly gateway_enrolment: GatewayEnrolment | null;
  readonly version: string;
}

const selectSettings = `
  select s.state, l.gateway_enrolment, coalesce(s.stream_version, 0) + coalesce(l.stream_version, 0) as version
  from (select 1 as id) as one
  left join keyfold.settings s on s.id = one.id
  left join keyfold.log_settings l on l.id = one.id`;
