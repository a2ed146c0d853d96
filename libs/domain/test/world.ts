import {
  type ApiKeyCommand,
  apiKeyStream,
  BUILT_IN_ROLES,
  decideApiKey,
  decideRole,
  decideSettings,
  decideUser,
  DomainError,
  emptyFacts,
  type ErrorCode,
  type FactsView,
  foldFacts,
  initialApiKeyState,
  initialRoleState,
  initialUserState,
  isExistingKey,
  type NewEvent,
  type ReadEvent,
  type RoleCommand,
  type SettingsCommand,
  SYSTEM,
  type UserCommand,
} from '../src/model/index.js';
import { phcHash, TestLog } from './test-log.js';

export type AnyCommand = SettingsCommand | RoleCommand | UserCommand | ApiKeyCommand;
export type Outcome = { readonly events: readonly NewEvent[] } | { readonly refused: ErrorCode };

/** A log and the fold of it, driven by commands through the deciders, as the writer drives them. */
export class World {
  readonly log = new TestLog();
  readonly facts: FactsView = emptyFacts();
  nowMs = Date.parse('2026-01-01T00:00:00.000Z');

  /**
   * With the built-in roles, an administrator `u0`, a user `u1` with both key roles whom the supervisor `u2`
   * supervises, a custom role `r1`, and keys switched on. There is no `u3`.
   */
  static started(): World {
    const world = new World();
    for (const role of BUILT_IN_ROLES) world.execute({ type: 'InstallBuiltInRole', role });
    world.createUser('u0', 'admin', ['administrator']);
    world.createUser('u1', 'joan', ['api-key-generate', 'api-key-sign-in']);
    world.createUser('u2', 'sue', ['supervisor']);
    world.execute({ type: 'ChangeUser', userId: 'u1', by: SYSTEM, changes: { supervisorId: 'u2' } });
    const ops = { name: 'Ops', description: null, permissions: ['users.manage', 'roles.grant'] } as const;
    world.execute({ type: 'CreateRole', roleId: 'r1', by: SYSTEM, ...ops });
    world.execute({ type: 'ChangeSecuritySettings', changes: { apiKeyAuthenticationEnabled: true } });
    return world;
  }

  private createUser(userId: string, username: string, roleIds: readonly string[]): void {
    const passwordHash = phcHash();
    const profile = { username, displayName: null, email: null, supervisorId: null, passwordHash };
    this.execute({ type: 'CreateUser', userId, by: SYSTEM, ...profile });
    for (const roleId of roleIds) this.execute({ type: 'GrantRole', userId, roleId, by: SYSTEM });
  }

  /** Decides without appending. Anything but a DomainError goes through to the test. */
  decide(command: AnyCommand): Outcome {
    try {
      return { events: this.decisionOf(command) };
    } catch (error) {
      if (error instanceof DomainError) return { refused: error.code };
      throw error;
    }
  }

  execute(command: AnyCommand): Outcome & { readonly reads: readonly ReadEvent[] } {
    const outcome = this.decide(command);
    const actor = 'by' in command && command.by.kind === 'user' ? `user/${command.by.userId}` : 'system';
    const events = 'events' in outcome ? outcome.events : [];
    const reads = events.map((event) => this.log.append(event, { atMs: this.nowMs, actor }));
    for (const read of reads) foldFacts(this.facts, read);
    return { ...outcome, reads };
  }

  private decisionOf(command: AnyCommand): readonly NewEvent[] {
    const { settings, roles, users } = this.facts;
    if ('keyId' in command) return this.keyDecisionOf(command);
    if ('userId' in command) {
      return decideUser(command, users.get(command.userId) ?? initialUserState, (id) => roles.get(id));
    }
    if ('roleId' in command) return decideRole(command, roles.get(command.roleId) ?? initialRoleState);
    if ('role' in command) return decideRole(command, roles.get(command.role.id) ?? initialRoleState);
    return decideSettings(command, settings);
  }

  private keyDecisionOf(command: ApiKeyCommand): readonly NewEvent[] {
    const { settings, roles, users, keys } = this.facts;
    const key = keys.get(command.keyId) ?? initialApiKeyState;
    const asked = 'userId' in command ? command.userId : '';
    const owner = users.get(isExistingKey(key) ? key.userId : asked) ?? initialUserState;
    const events = decideApiKey(command, key, { settings, owner, role: (id) => roles.get(id) });
    this.assertFreshSuccessor(command, events);
    return events;
  }

  // The store would refuse the successor's stream at the append, since its expected version is 0.
  private assertFreshSuccessor(command: ApiKeyCommand, events: readonly NewEvent[]): void {
    if (command.type !== 'RotateApiKey') return;
    const stream = apiKeyStream(command.successorId);
    const isTaken = this.log.entries.some(({ record }) => record.stream === stream);
    if (isTaken && events.length > 0) throw new DomainError('VERSION_CONFLICT', 'The successor exists.');
  }
}
