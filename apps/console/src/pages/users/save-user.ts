import { useQueryClient } from '@tanstack/react-query';
import { call, get, Problem } from '../../api/http.js';
import type { Page, Versioned } from '../../api/queries.js';
import type { User } from '../../api/types.gen.js';
import { type Action, useAction } from '../../app/use-action.js';
import { useMessages } from '../../text/messages-context.js';
import { useAnnounce } from '../../ui/toast.js';

/** What a person has touched, as typed; the rest is left as it is. */
export interface UserChanges {
  readonly displayName?: string;
  readonly email?: string;
  readonly roleIds?: ReadonlySet<string>;
  /** Empty for none. */
  readonly supervisorName?: string;
}

/**
 * Writes what differs: first the profile, if it is still the one that was shown, then each role that was given or
 * taken.
 */
export function useSaveUser(current: Versioned<User>, onSaved: () => void): Action<[UserChanges]> {
  const { users: text, common } = useMessages();
  const queries = useQueryClient();
  const announce = useAnnounce();
  const user = current.resource;
  const path = `/v1/users/${user.id}`;
  const save = async ({ displayName, email, roleIds, supervisorName }: UserChanges): Promise<void> => {
    const profile = {
      ...(differs(displayName, user.displayName) && { displayName: displayName?.trim() || null }),
      ...(differs(email, user.email) && { email: email?.trim() || null }),
      ...(supervisorName !== undefined && { supervisorId: await findSupervisor(supervisorName, text.noSuchUser) }),
    };
    if (Object.keys(profile).length > 0) await call('PATCH', path, { body: profile, ifMatch: current.etag });
    const held = new Set(user.roles.map(({ id }) => id));
    for (const id of roleIds ?? []) if (!held.has(id)) await call('PUT', `${path}/roles/${id}`);
    if (roleIds === undefined) return;
    for (const id of held) if (!roleIds.has(id)) await call('DELETE', `${path}/roles/${id}`);
  };
  return useAction(
    async (changes: UserChanges) => {
      try {
        await save(changes);
      } finally {
        // Also after a failure half-way: what is shown is what is there.
        await queries.invalidateQueries({ queryKey: ['users'] });
        await queries.invalidateQueries({ queryKey: ['me'] });
      }
    },
    () => {
      onSaved();
      announce(common.saved);
    },
  );
}

function differs(typed: string | undefined, current: string | null): boolean {
  return typed !== undefined && typed.trim() !== (current ?? '');
}

async function findSupervisor(name: string, noSuchUser: string): Promise<string | null> {
  const wanted = name.trim().toLowerCase();
  if (wanted === '') return null;
  const found = await get<Page<User>>(`/v1/users?limit=200&query=${encodeURIComponent(wanted)}`);
  const user = found.items.find(({ username }) => username === wanted);
  if (user !== undefined) return user.id;
  throw new Problem(400, 'INVALID_REQUEST', { errors: [{ path: '/supervisorId', said: noSuchUser }] });
}
