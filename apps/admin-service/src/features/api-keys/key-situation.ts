import { Injectable } from '@nestjs/common';
import {
  type ApiKeyContext,
  type ApiKeyState,
  apiKeyStream,
  foldApiKey,
  initialApiKeyState,
  isExistingKey,
  type JsonObject,
  type Revocation,
  type RoleState,
  roleStream,
  type SettingsState,
} from '@keyfold/domain';
import type { AppendedEvents } from '@keyfold/event-store';
import { Database } from '../../platform/database.js';
import { firstRevocations } from '../../tables/bulk-revocations.js';
import type { Reading } from '../../write/decision.js';
import { type Folded, foldRecords, StreamReader } from '../../write/stream-reader.js';
import { apiKeyResource } from './api-key-resource.js';

/** What a decision over a key rests on. */
export interface KeySituation {
  readonly key: ApiKeyState;
  readonly context: ApiKeyContext;
  /** The first one that concerns the key. */
  readonly bulkRevocation: Revocation | null;
  readonly nowMs: number;
}

/** Reads the streams that decide over a key: its own, the settings, its owner and the owner's roles. */
@Injectable()
export class KeySituationReader {
  constructor(
    private readonly streams: StreamReader,
    private readonly database: Database,
  ) {}

  read(keyId: string, ownerId: string): Promise<Reading<KeySituation>> {
    return this.around(this.streams.apiKey(keyId), ownerId, this.streams.likelyRoleIds(ownerId));
  }

  /**
   * Of a key whose id has just been drawn: that its stream does not exist is for the append to find.
   *
   * @param likelyRoleIds which roles the owner probably has: they are read at once instead of after the owner
   */
  readNew(keyId: string, ownerId: string, likelyRoleIds: readonly string[] = []): Promise<Reading<KeySituation>> {
    return this.around({ stream: apiKeyStream(keyId), version: 0, state: initialApiKeyState }, ownerId, likelyRoleIds);
  }

  private async around(
    reading: Folded<ApiKeyState> | Promise<Folded<ApiKeyState>>,
    ownerId: string,
    likelyRoleIds: readonly string[] = [],
  ): Promise<Reading<KeySituation>> {
    const [key, settings, owner, nowMs, likely] = await Promise.all([
      reading,
      this.streams.settings(),
      this.streams.user(ownerId),
      this.streams.nowMs(),
      this.streams.roles(likelyRoleIds),
    ]);
    const roleIds = 'roleIds' in owner.state ? owner.state.roleIds : [];
    const isHeld = ({ stream }: Folded<RoleState>): boolean => roleIds.some((roleId) => roleStream(roleId) === stream);
    const further = await this.streams.roles(roleIds.filter((roleId) => !likelyRoleIds.includes(roleId)));
    const roles = [...likely.filter(isHeld), ...further];
    const context: ApiKeyContext = { settings: settings.state, owner: owner.state, role: lookup(roles) };
    const bulkRevocation = await this.bulkRevocationOf(key.state, settings.state);
    return { state: { key: key.state, context, bulkRevocation, nowMs }, streams: [key, settings, owner, ...roles] };
  }

  private async bulkRevocationOf(key: ApiKeyState, settings: SettingsState): Promise<Revocation | null> {
    if (!isExistingKey(key)) return null;
    const first = await firstRevocations(this.database.pool, [key], settings);
    return first.get(key.keyId) ?? null;
  }
}

function lookup(roles: readonly Folded<RoleState>[]): ApiKeyContext['role'] {
  const byStream = new Map(roles.map(({ stream, state }) => [stream, state]));
  return (roleId) => byStream.get(`role/${roleId}`);
}

/** The key resource as it is right after the records of a write. */
export function resourceAfter(
  situation: KeySituation,
  keyId: string,
  { records }: AppendedEvents,
  lastUsedAt: Date | null = null,
): JsonObject {
  const stream = apiKeyStream(keyId);
  const own = records.filter(({ record }) => record.stream === stream);
  const key = foldRecords({ category: 'api-key', initial: situation.key, fold: foldApiKey }, own);
  if (!isExistingKey(key)) throw new Error(`key ${keyId} does not exist after its own write`);
  const recordedAtMs = Date.parse(records.at(-1)?.record.recordedAt ?? '') || 0;
  const { settings, owner, role } = situation.context;
  const { bulkRevocation } = situation;
  // Not before the record that made it so: the clock was read before the append.
  return apiKeyResource(
    key,
    { settings, owner, role, bulkRevocation, nowMs: Math.max(situation.nowMs, recordedAtMs) },
    lastUsedAt,
  );
}
