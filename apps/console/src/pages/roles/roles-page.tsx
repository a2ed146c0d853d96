import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { rolesQuery } from '../../api/queries.js';
import type { Role } from '../../api/types.gen.js';
import { useMay } from '../../app/access.js';
import { useMessages } from '../../text/messages-context.js';
import { Badge } from '../../ui/badge.js';
import { Button } from '../../ui/button.js';
import { Card, Loading, Page } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { Table, tableStyles } from '../../ui/table.js';
import { PermissionList } from './permission-list.js';
import { descriptionOf } from './role-text.js';

const RoleDialog = lazy(async () => ({ default: (await import('./role-dialog.js')).RoleDialog }));

export function RolesPage(): ReactNode {
  const { roles: text } = useMessages();
  const may = useMay();
  const roles = useQuery(rolesQuery);
  const [editing, setEditing] = useState<Role | 'new' | null>(null);
  return (
    <Page
      title={text.title}
      lead={text.lead}
      actions={
        may('roles.manage') && (
          <Button look="primary" onPress={() => setEditing('new')}>
            {text.create}
          </Button>
        )
      }
    >
      <ProblemNotice error={roles.error} onRetry={() => void roles.refetch()} />
      {roles.data === undefined ? (
        roles.error === null && <Loading />
      ) : (
        <Card isFlush>
          <Table
            label={text.title}
            columns={[{ name: text.role }, { name: text.permissions }, { name: text.edit, isHidden: true }]}
          >
            {roles.data.items.map((role) => (
              <RoleRow key={role.id} role={role} onEdit={() => setEditing(role)} />
            ))}
          </Table>
        </Card>
      )}
      <Suspense>
        {editing !== null && <RoleDialog role={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
      </Suspense>
    </Page>
  );
}

function RoleRow({ role, onEdit }: { readonly role: Role; readonly onEdit: () => void }): ReactNode {
  const { roles: text } = useMessages();
  const may = useMay();
  return (
    <tr>
      <td className={tableStyles.main}>
        <Link to="/roles/$roleId" params={{ roleId: role.id }}>
          <bdi>{role.name}</bdi>
        </Link>{' '}
        {role.system && <Badge tone="plain">{text.system}</Badge>}
        {role.description !== null && (
          <small>
            <bdi>{descriptionOf(role, text)}</bdi>
          </small>
        )}
      </td>
      <td>
        <PermissionList of={role.permissions} />
      </td>
      <td className={tableStyles.end}>
        {may('roles.manage') && !role.system && (
          <Button size="small" aria-label={text.editNamed(role.name)} onPress={onEdit}>
            {text.edit}
          </Button>
        )}
      </td>
    </tr>
  );
}
