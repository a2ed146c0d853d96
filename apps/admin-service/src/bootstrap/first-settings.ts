import { DEFAULT_GATEWAY_ENROLMENT, gatewayEnrolmentChanged, LOG_SETTINGS_STREAM } from '@keyfold/domain';
import type { PostgresEventStore } from '@keyfold/event-store';
import type { AdminConfig } from '../platform/admin-config.js';
import { SYSTEM_ACTOR } from '../write/until-appended.js';

/**
 * Makes KEYFOLD_GATEWAY_ENROLMENT the setting of an installation that has none yet. Later starts change nothing: from
 * then on it is an administrator's to change, as a record.
 *
 * @param isFirstStart whether there has never been an administrator
 */
export async function installFirstSettings(
  parts: { readonly store: PostgresEventStore; readonly config: AdminConfig; readonly isFirstStart: boolean },
  correlationId: string,
): Promise<void> {
  const { config, isFirstStart, store } = parts;
  const event = gatewayEnrolmentChanged(DEFAULT_GATEWAY_ENROLMENT, config.settings.KEYFOLD_GATEWAY_ENROLMENT);
  if (!isFirstStart || event === null) return;
  // Another replica that starts at the same time may have written it: then there is nothing to do.
  const expected = [{ stream: LOG_SETTINGS_STREAM, version: 0 }];
  const outcome = await store.append({ expected, events: [event], actor: SYSTEM_ACTOR, correlationId });
  if (outcome.kind === 'refused') throw outcome.error;
}
