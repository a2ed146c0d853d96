import type { ReactNode } from 'react';
import type { PermissionName } from '../../api/queries.js';
import { useMessages } from '../../text/messages-context.js';
import { sentenceOf } from './role-text.js';

/** A sentence for each permission; its name on hover. */
export function PermissionList({ of: names }: { readonly of: readonly PermissionName[] }): ReactNode {
  const { roles: text } = useMessages();
  if (names.length === 0) return text.noPermissions;
  return (
    <ul>
      {names.map((name) => (
        <li key={name} title={name}>
          {sentenceOf(name, text) ?? name}
        </li>
      ))}
    </ul>
  );
}
