import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { meQuery, type PermissionName } from '../api/queries.js';
import { homeOf } from './access.js';
import type { AllKeysSearch } from './all-keys-search.js';
import type { ExplainSearch } from './explain-search.js';
import { MissingPage, MissingPermission, PageProblem } from './page-problems.js';

interface RouterContext {
  readonly queries: QueryClient;
}

/** Refused before its page is loaded; the error page says which permission is missing. */
class PermissionMissing extends Error {
  override readonly name = 'PermissionMissing';

  constructor(readonly permission: PermissionName) {
    super(permission);
  }
}

const root = createRootRouteWithContext<RouterContext>()({
  notFoundComponent: () => (
    <main style={{ padding: 'var(--space-6)' }}>
      <MissingPage />
    </main>
  ),
});

/** Whoever is not signed in never gets here: main.tsx shows them the sign-in page, whatever the address. */
const signInRoute = createRoute({
  getParentRoute: () => root,
  path: 'sign-in',
  beforeLoad: () => {
    throw redirect({ to: '/', replace: true });
  },
});

const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  beforeLoad: async ({ context: { queries } }) => ({ me: await queries.query({ ...meQuery, staleTime: 'static' }) }),
  component: lazyRouteComponent(() => import('./shell.js'), 'Shell'),
  errorComponent: ({ error }) =>
    error instanceof PermissionMissing ? (
      <MissingPermission permission={error.permission} />
    ) : (
      <PageProblem error={error} />
    ),
});

const home = createRoute({
  getParentRoute: () => shell,
  path: '/',
  beforeLoad: ({ context: { me } }) => {
    throw redirect({ to: homeOf(me), replace: true });
  },
});

/** Any one of these is enough. */
function needs(...permissions: readonly [PermissionName, ...PermissionName[]]) {
  return ({ context: { me } }: { context: { me: { permissions: readonly PermissionName[] } } }): void => {
    if (!permissions.some((permission) => me.permissions.includes(permission)))
      throw new PermissionMissing(permissions[0]);
  };
}

const text = (search: Record<string, unknown>, ...names: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = search[name];
      return (typeof value === 'string' && value !== '') || typeof value === 'number' ? [[name, String(value)]] : [];
    }),
  );

const routes = [
  home,
  createRoute({
    getParentRoute: () => shell,
    path: 'my/keys',
    validateSearch: (search: Record<string, unknown>): { create?: string } => text(search, 'create'),
    component: lazyRouteComponent(() => import('../pages/my-keys/my-keys-page.js'), 'MyKeysPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: 'my/notices',
    validateSearch: (search: Record<string, unknown>): { show?: string } => text(search, 'show'),
    component: lazyRouteComponent(() => import('../pages/notices-page.js'), 'NoticesPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: 'my/settings',
    component: lazyRouteComponent(() => import('../pages/my-settings-page.js'), 'MySettingsPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: 'overview',
    beforeLoad: needs('settings.manage'),
    component: lazyRouteComponent(() => import('../pages/overview-page.js'), 'OverviewPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: 'settings/security',
    beforeLoad: needs('settings.read'),
    component: lazyRouteComponent(() => import('../pages/settings/security-page.js'), 'SecurityPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: 'users',
    beforeLoad: needs('users.read'),
    validateSearch: (search: Record<string, unknown>): { query?: string; role?: string; status?: string } =>
      text(search, 'query', 'role', 'status'),
    component: lazyRouteComponent(() => import('../pages/users/users-page.js'), 'UsersPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: 'users/$userId',
    beforeLoad: needs('users.read'),
    component: lazyRouteComponent(() => import('../pages/users/user-page.js'), 'UserPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: 'roles',
    beforeLoad: needs('roles.read'),
    component: lazyRouteComponent(() => import('../pages/roles/roles-page.js'), 'RolesPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: 'roles/$roleId',
    beforeLoad: needs('roles.read'),
    component: lazyRouteComponent(() => import('../pages/roles/role-page.js'), 'RolePage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: 'api-keys',
    beforeLoad: needs('api-keys.manage', 'api-keys.supervise'),
    validateSearch: (search: Record<string, unknown>): AllKeysSearch =>
      text(search, 'query', 'status', 'userId', 'sort', 'ending', 'unused'),
    component: lazyRouteComponent(() => import('../pages/all-keys/all-keys-page.js'), 'AllKeysPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: 'gateways',
    beforeLoad: needs('settings.read'),
    component: lazyRouteComponent(() => import('../pages/gateways/gateways-page.js'), 'GatewaysPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: 'webhooks',
    beforeLoad: needs('settings.read'),
    component: lazyRouteComponent(() => import('../pages/webhooks/webhooks-page.js'), 'WebhooksPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: 'forks',
    beforeLoad: needs('settings.read'),
    validateSearch: (search: Record<string, unknown>): { of?: string } => text(search, 'of'),
    component: lazyRouteComponent(() => import('../pages/forks/forks-page.js'), 'ForksPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: 'timeline',
    beforeLoad: needs('audit.read'),
    validateSearch: (search: Record<string, unknown>): TimelineSearch =>
      text(search, 'type', 'actor', 'stream', 'from', 'to'),
    component: lazyRouteComponent(() => import('../pages/audit/timeline-page.js'), 'TimelinePage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: 'events/$position',
    beforeLoad: needs('audit.read'),
    component: lazyRouteComponent(() => import('../pages/audit/event-page.js'), 'EventPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: 'explain',
    beforeLoad: needs('audit.read'),
    validateSearch: (search: Record<string, unknown>): ExplainSearch =>
      text(search, 'key', 'user', 'position', 'at', 'method', 'ip', 'scopes'),
    component: lazyRouteComponent(() => import('../pages/audit/explain-page.js'), 'ExplainPage'),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: 'reports',
    beforeLoad: needs('audit.read'),
    component: lazyRouteComponent(() => import('../pages/audit/reports-page.js'), 'ReportsPage'),
  }),
] as const;

export interface TimelineSearch {
  readonly type?: string;
  readonly actor?: string;
  readonly stream?: string;
  readonly from?: string;
  readonly to?: string;
}

export function createConsoleRouter(queries: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([signInRoute, shell.addChildren(routes)]),
    basepath: '/console',
    context: { queries },
    defaultPreload: 'intent',
    defaultErrorComponent: ({ error }) =>
      error instanceof PermissionMissing ? (
        <MissingPermission permission={error.permission} />
      ) : (
        <PageProblem error={error} />
      ),
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
