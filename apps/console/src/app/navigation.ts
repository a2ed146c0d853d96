import type { PermissionName } from '../api/queries.js';
import type { Messages } from '../text/en.js';
import type { IconName } from './icons.js';

export interface NavigationLink {
  readonly to:
    | '/overview'
    | '/my/keys'
    | '/my/notices'
    | '/api-keys'
    | '/users'
    | '/roles'
    | '/settings/security'
    | '/gateways'
    | '/webhooks'
    | '/forks'
    | '/timeline'
    | '/explain'
    | '/reports';
  readonly icon: IconName;
  readonly label: string;
}

export interface NavigationGroup {
  readonly label: string;
  readonly links: readonly NavigationLink[];
}

/**
 * The pages that this person has a use for. A page that they may not see is not offered; its address says which
 * permission is missing.
 */
export function navigationFor(may: (permission: PermissionName) => boolean, { nav }: Messages): NavigationGroup[] {
  const when = (permission: PermissionName, link: NavigationLink): NavigationLink[] => (may(permission) ? [link] : []);
  const maySeeKeys = may('api-keys.manage') || may('api-keys.supervise');
  const groups: NavigationGroup[] = [
    {
      label: nav.mine,
      links: [
        { to: '/my/keys', icon: 'key', label: nav.myKeys },
        { to: '/my/notices', icon: 'bell', label: nav.notices },
      ],
    },
    {
      label: nav.manage,
      links: [
        ...when('settings.manage', { to: '/overview', icon: 'home', label: nav.overview }),
        ...(maySeeKeys ? [{ to: '/api-keys', icon: 'key', label: nav.allKeys } as const] : []),
        ...when('users.read', { to: '/users', icon: 'people', label: nav.users }),
        ...when('roles.read', { to: '/roles', icon: 'roles', label: nav.roles }),
      ],
    },
    {
      label: nav.system,
      links: [
        ...when('settings.read', { to: '/settings/security', icon: 'sliders', label: nav.security }),
        ...when('settings.read', { to: '/gateways', icon: 'gateway', label: nav.gateways }),
        ...when('settings.read', { to: '/webhooks', icon: 'hook', label: nav.webhooks }),
        ...when('settings.read', { to: '/forks', icon: 'fork', label: nav.forks }),
      ],
    },
    {
      label: nav.audit,
      links: [
        ...when('audit.read', { to: '/timeline', icon: 'timeline', label: nav.timeline }),
        ...when('audit.read', { to: '/explain', icon: 'question', label: nav.explain }),
        ...when('audit.read', { to: '/reports', icon: 'chart', label: nav.reports }),
      ],
    },
  ];
  return groups.filter(({ links }) => links.length > 0);
}
