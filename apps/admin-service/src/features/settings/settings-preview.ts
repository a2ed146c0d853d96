import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { z } from 'zod';
import {
  acceptanceOf,
  decideSettings,
  effectiveExpiry,
  evolveSettings,
  formatInstant,
  type IssuedApiKey,
  keyStatus,
  SETTINGS_STREAM,
  type SettingsChange,
  type SettingsState,
} from '@keyfold/domain';
import { Instant } from '../../http/fields.js';
import { Database } from '../../platform/database.js';
import { readPolicy } from '../../tables/api-key-queries.js';
import { type KeyWithFacts, streamLivingKeys } from '../../tables/living-keys.js';
import { withSnapshot } from '../../tables/snapshot.js';
import { requireVersion, type WriteRequest } from '../../write/write-request.js';

const MAX_SAMPLE = 50;

/** What a change of the settings would do, had it been made. */
export const SettingsPreview = z
  .object({
    affected: z.object({ keys: z.int(), users: z.int() }),
    sample: z.array(
      z.object({
        keyId: z.string(),
        username: z.string().nullable(),
        effectiveExpiresAt: Instant,
        wouldBe: Instant.nullable(),
      }),
    ),
  })
  .meta({ id: 'SecuritySettingsPreview' });

export type SettingsPreview = z.output<typeof SettingsPreview>;

type Affected = SettingsPreview['sample'][number];

/** A preview, and the log's last position in the snapshot that it was read from. */
export interface PreviewOfMoment {
  readonly preview: SettingsPreview;
  readonly position: number;
}

/** Tells what a change would do, by the very functions that decide, on the settings before and after. */
@Injectable()
export class SettingsPreviews {
  constructor(private readonly database: Database) {}

  /**
   * Reads all keys that are active, in one snapshot and some hundred at a time: the memory does not grow with their
   * number.
   *
   * @param ifMatch the versions of the settings that the caller would change
   * @throws DomainError INVALID_REQUEST
   * @throws ProblemError 412
   */
  async of(changes: SettingsChange, ifMatch: WriteRequest['ifMatch']): Promise<PreviewOfMoment> {
    return withSnapshot(this.database.pool, async (tx) => {
      const { settings: before, nowMs } = await readPolicy(tx, this.database.logTime);
      const { position, settings_version: version } = await readMoment(tx);
      const after = changed(before, changes);
      requireVersion(ifMatch, Number(version));
      const tally = new Tally();
      if (decidesAccess(before, after)) {
        for await (const key of streamLivingKeys(tx, nowMs)) {
          const affected = effectOn(key, before, after, nowMs);
          if (affected) tally.add(key.key.userId, affected);
        }
      }
      return { preview: tally.preview, position: Number(position) };
    });
  }
}

async function readMoment(tx: pg.ClientBase): Promise<{ position: string; settings_version: string }> {
  const { rows } = await tx.query<{ position: string; settings_version: string }>(selectMoment);
  const [row] = rows;
  if (!row) throw new Error('log_head has no row');
  return row;
}

const selectMoment = `
  select h.size as position, coalesce((select s.stream_version from keyfold.settings s where s.id = 1), 0)
    + coalesce((select s.stream_version from keyfold.log_settings s where s.id = 1), 0) as settings_version
  from keyfold.log_head h
  where h.id = 1`;

/** Counts what comes user by user. */
class Tally {
  private keys = 0;
  private users = 0;
  private lastUserId: string | undefined;
  private readonly sample: Affected[] = [];

  add(userId: string, affected: Affected): void {
    this.keys += 1;
    if (userId !== this.lastUserId) this.users += 1;
    this.lastUserId = userId;
    if (this.sample.length < MAX_SAMPLE) this.sample.push(affected);
  }

  get preview(): SettingsPreview {
    return { affected: { keys: this.keys, users: this.users }, sample: this.sample };
  }
}

/** The settings as the event of this change would leave them. */
function changed(before: SettingsState, changes: SettingsChange): SettingsState {
  const events = decideSettings({ type: 'ChangeSecuritySettings', changes }, before);
  return events.reduce(
    (state, event) =>
      evolveSettings(state, { ...NOT_RECORDED, event, stream: SETTINGS_STREAM, id: 'security', commitments: {} }),
    before,
  );
}

const NOT_RECORDED = { position: 0, version: 0, recordedAt: formatInstant(0), recordedAtMs: 0, actor: 'system' };

/** Only these two affect a key's acceptance or end; if neither changes, no key has to be read. */
function decidesAccess({ settings: before }: SettingsState, { settings: after }: SettingsState): boolean {
  return (
    before.apiKeyAuthenticationEnabled !== after.apiKeyAuthenticationEnabled ||
    before.maxApiKeyLifetimeDays !== after.maxApiKeyLifetimeDays
  );
}

function effectOn(
  { key, owner, role }: KeyWithFacts,
  before: SettingsState,
  after: SettingsState,
  nowMs: number,
): Affected | null {
  if (keyStatus(key, before, nowMs, owner) !== 'active') return null;
  const now = under(before);
  const then = under(after);
  const isSame = now.expiresAtMs === then.expiresAtMs && now.allowed === then.allowed && now.reason === then.reason;
  if (isSame) return null;
  const isBoundByTime = then.allowed || then.reason === 'EXPIRED';
  return {
    keyId: key.keyId,
    username: 'username' in owner ? owner.username : null,
    effectiveExpiresAt: formatInstant(now.expiresAtMs),
    wouldBe: isBoundByTime ? formatInstant(then.expiresAtMs) : null,
  };

  function under(settings: SettingsState): { expiresAtMs: number; allowed: boolean; reason: string | null } {
    const { effectiveExpiresAtMs: expiresAtMs } = effectiveExpiry(key as IssuedApiKey, settings); // active, so issued
    return { expiresAtMs, ...acceptanceOf({ settings, key, user: owner, role }, nowMs) };
  }
}
