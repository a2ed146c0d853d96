import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { z } from 'zod';
import {
  acceptanceOf,
  type ActiveRole,
  effectiveExpiry,
  formatInstant,
  inCatalogueOrder,
  type IssuedApiKey,
  type Permission,
  type RoleChange,
  type RoleState,
  type SettingsState,
} from '@keyfold/domain';
import type { Caller } from '../../http/caller.js';
import { Instant, PermissionName } from '../../http/fields.js';
import { Database } from '../../platform/database.js';
import { type Policy, readPolicy } from '../../tables/api-key-queries.js';
import { type KeyWithFacts, streamPassingKeysOfRole } from '../../tables/living-keys.js';
import { countSoleHolders, readRoleOfMoment } from '../../tables/role-holders.js';
import { withSnapshot } from '../../tables/snapshot.js';
import { refuseInOrder, type WriteRequest } from '../../write/write-request.js';
import { refuseTakenRoleName, RoleDecisions } from './role-decision.js';

const MAX_SAMPLE = 50;
const SIGN_IN: Permission = 'api-key.sign-in';

/** What a change of a role would do, had it been made. */
export const RolePreview = z
  .object({
    affected: z.object({ users: z.int(), keys: z.int() }),
    permissions: z.array(z.object({ permission: PermissionName, gain: z.int(), lose: z.int() })),
    sample: z.array(
      z.object({
        keyId: z.string(),
        username: z.string().nullable(),
        name: z.string().nullable(),
        effectiveExpiresAt: Instant,
        wouldPass: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'RolePreview' });

export type RolePreview = z.output<typeof RolePreview>;

/** A preview, and the log's last position in the snapshot that it was read from. */
export interface RolePreviewOfMoment {
  readonly preview: RolePreview;
  readonly position: number;
}

/** Tells what a change of a role would do to its holders and their keys; it is refused as the change would be. */
@Injectable()
export class RolePreviews {
  constructor(
    private readonly database: Database,
    private readonly decisions: RoleDecisions,
  ) {}

  /**
   * Counts the holders in the database and reads keys some hundred at a time: the memory grows with neither.
   *
   * @param caller who would make the change; names are shown as far as they may read them elsewhere
   * @throws DomainError as the change itself
   */
  async of(
    roleId: string,
    changes: RoleChange,
    { caller, ifMatch }: { readonly caller: Caller; readonly ifMatch: WriteRequest['ifMatch'] },
  ): Promise<RolePreviewOfMoment> {
    return withSnapshot(this.database.pool, async (tx) => {
      const policy = await readPolicy(tx, this.database.logTime);
      const { position, state, version } = await readRoleOfMoment(tx, roleId);
      const command = { type: 'ChangeRole', roleId, by: caller.authority, changes } as const;
      refuseInOrder(ifMatch, version, () => this.decisions.decide(command, state));
      const taken = changes.name === undefined ? null : await refuseTakenRoleName(tx, roleId, changes.name);
      if (taken !== null) throw taken;
      // The decision refuses what is no role.
      const before = state as ActiveRole;
      const after = { ...before, permissions: changes.permissions ?? before.permissions };
      const preview = await previewOf(tx, policy, { roleId, before, after, caller });
      return { preview, position };
    });
  }
}

interface Change {
  readonly roleId: string;
  readonly before: ActiveRole;
  readonly after: ActiveRole;
  readonly caller: Caller;
}

async function previewOf(tx: pg.PoolClient, policy: Policy, change: Change): Promise<RolePreview> {
  const gained = without(change.after.permissions, change.before.permissions);
  const lost = without(change.before.permissions, change.after.permissions);
  const holders = await countSoleHolders(tx, change.roleId, [...gained, ...lost]);
  const countOf = (permission: Permission): number => holders.byPermission.get(permission) ?? 0;
  const { keys, sample } = [...gained, ...lost].includes(SIGN_IN)
    ? await keysOf(tx, policy, change)
    : { keys: 0, sample: [] };
  return {
    affected: { users: holders.users, keys },
    permissions: [
      ...gained.map((permission) => ({ permission, gain: countOf(permission), lose: 0 })),
      ...lost.map((permission) => ({ permission, gain: 0, lose: countOf(permission) })),
    ],
    sample,
  };
}

async function keysOf(
  tx: pg.PoolClient,
  { nowMs, settings }: Policy,
  change: Change,
): Promise<{ keys: number; sample: RolePreview['sample'] }> {
  const sample: RolePreview['sample'] = [];
  let keys = 0;
  for await (const facts of streamPassingKeysOfRole(tx, nowMs, change.roleId)) {
    const passes = (role: ActiveRole): boolean => passesUnder(facts, settings, { nowMs, roleId: change.roleId, role });
    const wouldPass = passes(change.after);
    if (passes(change.before) === wouldPass) continue;
    keys += 1;
    if (sample.length < MAX_SAMPLE) sample.push({ ...shown(facts, settings, change.caller), wouldPass });
  }
  return { keys, sample };
}

function passesUnder(
  { key, owner, role: held }: KeyWithFacts,
  settings: SettingsState,
  under: { readonly nowMs: number; readonly roleId: string; readonly role: RoleState },
): boolean {
  const role = (roleId: string): RoleState | undefined => (roleId === under.roleId ? under.role : held(roleId));
  return acceptanceOf({ settings, key, user: owner, role }, under.nowMs).allowed;
}

function shown(
  { key, owner }: KeyWithFacts,
  settings: SettingsState,
  caller: Caller,
): Omit<RolePreview['sample'][number], 'wouldPass'> {
  const { effectiveExpiresAtMs } = effectiveExpiry(key as IssuedApiKey, settings); // it passes, so it was issued
  return {
    keyId: key.keyId,
    username: caller.may('users.read') && 'username' in owner ? owner.username : null,
    name: caller.may('api-keys.manage') ? key.name : null,
    effectiveExpiresAt: formatInstant(effectiveExpiresAtMs),
  };
}

const without = (these: readonly Permission[], others: readonly Permission[]): Permission[] =>
  inCatalogueOrder(these).filter((permission) => !others.includes(permission));
