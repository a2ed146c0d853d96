import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { roleQuery } from '../../api/queries.js';
import type { Role } from '../../api/types.gen.js';
import { useMay } from '../../app/access.js';
import { useMessages } from '../../text/messages-context.js';
import { Button } from '../../ui/button.js';
import { Card, layout, Loading, Page } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { MembersCard } from './members-card.js';
import { PermissionList } from './permission-list.js';
import { descriptionOf } from './role-text.js';

const RoleDialog = lazy(async () => ({ default: (await import('./role-dialog.js')).RoleDialog }));

const route = getRouteApi('/shell/roles/$roleId');

/** What one role allows, and whom. */
export function RolePage(): ReactNode {
  const { roles: text } = useMessages();
  const { roleId } = route.useParams();
  const role = useQuery(roleQuery(roleId));
  return (
    <Page
      title={role.data?.resource.name ?? text.role}
      lead={
        <Link to="/roles" className={layout.small}>
          {text.allRoles}
        </Link>
      }
      actions={role.data !== undefined && <EditButton role={role.data.resource} />}
    >
      <ProblemNotice error={role.error} onRetry={() => void role.refetch()} />
      {role.data === undefined ? (
        role.error === null && <Loading />
      ) : (
        <>
          <Card title={text.permissions} lead={<Description role={role.data.resource} />}>
            <PermissionList of={role.data.resource.permissions} />
          </Card>
          <MembersCard roleId={roleId} />
        </>
      )}
    </Page>
  );
}

function Description({ role }: { readonly role: Role }): ReactNode {
  const { roles: text } = useMessages();
  const description = descriptionOf(role, text);
  return (
    <>
      {description !== null && <bdi>{description}</bdi>} {role.system && text.systemText}
    </>
  );
}

function EditButton({ role }: { readonly role: Role }): ReactNode {
  const { roles: text } = useMessages();
  const may = useMay();
  const navigate = useNavigate();
  const [isEditing, setIsEditing] = useState(false);
  if (!may('roles.manage') || role.system) return null;
  return (
    <>
      <Button look="primary" onPress={() => setIsEditing(true)}>
        {text.edit}
      </Button>
      <Suspense>
        {isEditing && (
          <RoleDialog
            role={role}
            onClose={() => setIsEditing(false)}
            onDeleted={() => void navigate({ to: '/roles', replace: true })}
          />
        )}
      </Suspense>
    </>
  );
}
