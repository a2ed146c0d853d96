import { type DynamicModule, Global, Module } from '@nestjs/common';
import { PostgresEventStore } from '@keyfold/event-store';
import { ForkAlarm, ForkCheck, NatsLink, StreamComparison } from '@keyfold/messaging';
import { HostClock } from '@keyfold/service-kit';
import { AdminConfig } from './admin-config.js';
import { ClockWatch } from './clock-watch.js';
import { Database } from './database.js';
import { LogKeys } from './log-keys.js';
import { LogSuccession } from './log-succession.js';
import { Metrics } from './metrics.js';
import type { OpenedLog } from './open-log.js';
import { ReadinessChecks } from './readiness-checks.js';
import { SecretHasher } from './secret-hasher.js';
import { ServiceLogger } from './service-logger.js';

/** What must exist, and has been checked, before any module starts. */
export interface PlatformParts {
  readonly config: AdminConfig;
  readonly database: Database;
  readonly log: OpenedLog;
  readonly clock: HostClock;
  readonly keys: LogKeys;
  readonly logger: ServiceLogger;
  readonly metrics: Metrics;
  readonly readiness: ReadinessChecks;
  readonly succession: LogSuccession;
}

@Global()
@Module({})
export class PlatformModule {
  static of(parts: PlatformParts): DynamicModule {
    const given = [
      { provide: AdminConfig, useValue: parts.config },
      { provide: Database, useValue: parts.database },
      { provide: PostgresEventStore, useValue: parts.log.store },
      { provide: ForkAlarm, useValue: parts.log.alarm },
      { provide: ForkCheck, useValue: parts.log.forks },
      { provide: StreamComparison, useValue: parts.log.comparison },
      { provide: NatsLink, useValue: parts.log.link },
      { provide: HostClock, useValue: parts.clock },
      { provide: LogKeys, useValue: parts.keys },
      { provide: ServiceLogger, useValue: parts.logger },
      { provide: Metrics, useValue: parts.metrics },
      { provide: ReadinessChecks, useValue: parts.readiness },
      { provide: LogSuccession, useValue: parts.succession },
    ];
    return {
      module: PlatformModule,
      providers: [...given, ClockWatch, SecretHasher],
      exports: [...given.map(({ provide }) => provide), SecretHasher],
    };
  }
}
