import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { call, get, Problem } from './http.js';
import type {
  ApiKey,
  Event,
  Gateway,
  LogForks,
  Me,
  Notice,
  OidcIdentity,
  Permission,
  Role,
  RoleMembers,
  SecuritySettings,
  User,
  Webhook,
} from './types.gen.js';

export type PermissionName = Permission['permission'];

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** What a person may know of the rules for the own keys. */
export interface KeyPolicy {
  readonly apiKeyAuthenticationEnabled: boolean;
  readonly maxApiKeyLifetimeDays: number;
  readonly rotationGraceMaxSeconds: number;
  readonly maxActiveKeysPerUser: number;
  readonly activeKeys: number;
  readonly mayGenerate: boolean;
  readonly maySignIn: boolean;
  readonly gatewayUrl: string | null;
}

/** A single resource with the version to hand back as If-Match. */
export interface Versioned<Resource> {
  readonly resource: Resource;
  readonly etag: string | null;
}

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => get<Me>('/v1/me', signal),
  staleTime: 60_000,
});

export const keyPolicyQuery = queryOptions({
  queryKey: ['me', 'key-policy'],
  queryFn: ({ signal }) => get<KeyPolicy>('/v1/me/key-policy', signal),
});

export const myKeysQuery = queryOptions({
  queryKey: ['my-keys'],
  queryFn: ({ signal }) => get<Page<ApiKey>>('/v1/me/api-keys?limit=200', signal),
});

/** Enough of them to say how many there are, or that there are many. */
export const unreadNoticesQuery = queryOptions({
  queryKey: ['notices', 'unread'],
  queryFn: ({ signal }) => get<Page<Notice>>('/v1/me/notices?unread=true&limit=9', signal),
  staleTime: 30_000,
});

export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: async ({ signal }): Promise<Versioned<SecuritySettings>> => {
    const { body, etag } = await call<SecuritySettings>('GET', '/v1/settings/security', { signal });
    return { resource: body, etag };
  },
});

export const rolesQuery = queryOptions({
  queryKey: ['roles'],
  queryFn: ({ signal }) => get<Page<Role>>('/v1/roles?limit=200', signal),
});

export const permissionsQuery = queryOptions({
  queryKey: ['permissions'],
  queryFn: ({ signal }) => get<Page<Permission>>('/v1/permissions?limit=200', signal),
  staleTime: Infinity,
});

export const gatewaysQuery = queryOptions({
  queryKey: ['gateways'],
  queryFn: ({ signal }) => get<Page<Gateway>>('/v1/gateways?limit=200', signal),
  refetchInterval: 2_000,
});

export const webhooksQuery = queryOptions({
  queryKey: ['webhooks'],
  queryFn: ({ signal }) => get<Page<Webhook>>('/v1/webhooks?limit=200', signal),
});

/** Asked again and again by every page of those who may see it: a fork stops everything. */
export const forksQuery = queryOptions({
  queryKey: ['forks'],
  queryFn: ({ signal }) => get<LogForks>('/v1/log/fork', signal),
  refetchInterval: 15_000,
});

export const userQuery = (userId: string) =>
  queryOptions({
    queryKey: ['users', userId],
    queryFn: async ({ signal }): Promise<Versioned<User>> => {
      const { body, etag } = await call<User>('GET', `/v1/users/${encodeURIComponent(userId)}`, { signal });
      return { resource: body, etag };
    },
  });

/** A user has few. */
export const identitiesQuery = (userId: string) =>
  queryOptions({
    queryKey: ['users', userId, 'identities'],
    queryFn: ({ signal }) =>
      get<Page<OidcIdentity>>(`/v1/users/${encodeURIComponent(userId)}/oidc-identities?limit=200`, signal),
  });

export const roleQuery = (roleId: string) =>
  queryOptions({ queryKey: ['role', roleId], queryFn: ({ signal }) => readRole(roleId, signal) });

/** Asked for once, when the role is opened for a change: its version then is what the change rests on. */
export const roleAsOpenedQuery = (roleId: string) =>
  queryOptions({
    queryKey: ['role as opened', roleId],
    queryFn: ({ signal }) => readRole(roleId, signal),
    staleTime: Infinity,
    gcTime: 0,
  });

async function readRole(roleId: string, signal: AbortSignal): Promise<Versioned<Role>> {
  const { body, etag } = await call<Role>('GET', `/v1/roles/${encodeURIComponent(roleId)}`, { signal });
  return { resource: body, etag };
}

/** The holders of a role in pages, with the number of all beside each page. */
export const membersQuery = (roleId: string) =>
  infiniteQueryOptions({
    queryKey: ['users', 'members', roleId],
    initialPageParam: null as string | null,
    queryFn: ({ signal, pageParam }) => {
      const query = queryString({ cursor: pageParam ?? undefined });
      return get<RoleMembers>(`/v1/roles/${encodeURIComponent(roleId)}/members${query}`, signal);
    },
    getNextPageParam: (page) => page.nextCursor,
  });

export const eventQuery = (position: number, isRevealed: boolean) =>
  queryOptions({
    queryKey: ['events', position, isRevealed],
    queryFn: ({ signal }) => get<Event>(`/v1/events/${position}${isRevealed ? '?reveal=true' : ''}`, signal),
    staleTime: Infinity,
  });

/**
 * A list that comes in pages, by its path and parameters; a parameter that is undefined or empty is left out.
 *
 * @param name what the list is of, for invalidation
 */
export const listQuery = <Item>(
  name: string,
  path: string,
  parameters: Readonly<Record<string, string | undefined>> = {},
) =>
  infiniteQueryOptions({
    queryKey: [name, 'list', path, parameters],
    initialPageParam: null as string | null,
    queryFn: ({ signal, pageParam }) =>
      get<Page<Item>>(path + queryString({ ...parameters, cursor: pageParam ?? undefined }), signal),
    getNextPageParam: (page) => page.nextCursor,
  });

export function queryString(parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => (entry[1] ?? '') !== '');
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}

/** What cannot be mended by asking again is not asked again. */
export function shouldRetry(failures: number, error: Error): boolean {
  return failures < 2 && error instanceof Problem && (error.status === 0 || error.status >= 500);
}
