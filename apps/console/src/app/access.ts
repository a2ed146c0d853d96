import { useSuspenseQuery } from '@tanstack/react-query';
import { meQuery, type PermissionName } from '../api/queries.js';
import type { Me } from '../api/types.gen.js';

/** Who is signed in. Only below the shell, which waits for it. */
export function useMe(): Me {
  return useSuspenseQuery(meQuery).data;
}

export function useMay(): (permission: PermissionName) => boolean {
  const { permissions } = useMe();
  return (permission) => permissions.includes(permission);
}

/** Where a person goes first: to what they are there for. */
export function homeOf({ permissions }: Me): '/overview' | '/my/keys' | '/timeline' {
  if (permissions.includes('settings.manage')) return '/overview';
  if (permissions.includes('audit.read')) return '/timeline';
  return '/my/keys';
}
