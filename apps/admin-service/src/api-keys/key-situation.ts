import { Injectable } from '@nestjs/common';
import type { ApiKeyContext, ApiKeyState, RoleState } from '@keyfold/domain';
import { Database } from '../core/database.js';
import { readPolicy } from '../read-models/api-key-queries.js';
import { StreamReader, type Folded } from '../decisions/stream-reader.js';
import type { Reading } from '../decisions/decision.js';

/** What a decision over a key rests on. */
export interface KeySituation {
  readonly key: ApiKeyState;
  readonly context: ApiKeyContext;
  readonly nowMs: number;
}

/** Reads the streams that decide over a key: its own, the settings, its owner and the owner's roles. */
@Injectable()
export class KeySituationReader {
  constructor(
    private readonly streams: StreamReader,
    private readonly database: Database,
  ) {}

  async read(keyId: string, ownerId: string): Promise<Reading<KeySituation>> {
    const [key, settings, owner, policy] = await Promise.all([
      this.streams.apiKey(keyId),
      this.streams.settings(),
      this.streams.user(ownerId),
      readPolicy(this.database.pool),
    ]);
    const roles = await this.streams.roles('roleIds' in owner.state ? owner.state.roleIds : []);
    const context: ApiKeyContext = { settings: settings.state, owner: owner.state, role: lookup(roles) };
    return { state: { key: key.state, context, nowMs: policy.nowMs }, streams: [key, settings, owner, ...roles] };
  }
}

function lookup(roles: readonly Folded<RoleState>[]): ApiKeyContext['role'] {
  const byStream = new Map(roles.map(({ stream, state }) => [stream, state]));
  return (roleId) => byStream.get(`role/${roleId}`);
}
