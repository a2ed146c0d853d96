import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { rolesQuery, userQuery, type Versioned } from '../../api/queries.js';
import type { User } from '../../api/types.gen.js';
import { useMay } from '../../app/access.js';
import { useMessages } from '../../text/messages-context.js';
import { Button } from '../../ui/button.js';
import { Callout } from '../../ui/callout.js';
import { TextField } from '../../ui/field.js';
import { Card, Facts, layout, Loading, Page } from '../../ui/layout.js';
import { fieldErrors, ProblemNotice } from '../../ui/problem-notice.js';
import { DateTime } from '../../ui/time.js';
import { AccountCard } from './account-card.js';
import { RolesMenu } from './roles-menu.js';
import { useSaveUser } from './save-user.js';
import { UserBadge } from './user-badge.js';
import { UserKeysCard } from './user-keys-card.js';

const route = getRouteApi('/shell/users/$userId');

export function UserPage(): ReactNode {
  const { users: text } = useMessages();
  const { userId } = route.useParams();
  const user = useQuery(userQuery(userId));
  const may = useMay();
  const name = user.data?.resource.username ?? (user.data === undefined ? text.user : text.erasedName);
  return (
    <Page
      title={name}
      lead={
        <Link to="/users" className={layout.small}>
          {text.backToUsers}
        </Link>
      }
    >
      <ProblemNotice error={user.error} onRetry={() => void user.refetch()} />
      {user.data === undefined ? (
        user.error === null && <Loading />
      ) : (
        <>
          <UserForm key={user.data.etag} current={user.data} />
          {(may('api-keys.manage') || may('api-keys.supervise')) && <UserKeysCard userId={userId} />}
          {may('users.manage') && <AccountCard user={user.data.resource} />}
        </>
      )}
    </Page>
  );
}

function UserForm({ current }: { readonly current: Versioned<User> }): ReactNode {
  const { users: text, common } = useMessages();
  const may = useMay();
  const user = current.resource;
  const mayEdit = may('users.manage') && user.status !== 'erased';
  const mayGrant = may('roles.grant') && user.status !== 'erased';
  const [displayName, setDisplayName] = useState(user.displayName ?? '');
  const [email, setEmail] = useState(user.email ?? '');
  const [roleIds, setRoleIds] = useState<ReadonlySet<string>>(() => new Set(user.roles.map(({ id }) => id)));
  const [supervisorName, setSupervisorName] = useState<string | null>(null);
  const currentSupervisor = useNameOf(user.supervisorId);
  const roles = useQuery({ ...rolesQuery, enabled: may('roles.read') });
  const save = useSaveUser(current);
  const changes = { displayName, email, roleIds, supervisorName };
  return (
    <Form
      className={layout.sections ?? ''}
      validationErrors={fieldErrors(save.error)}
      onSubmit={(event) => {
        event.preventDefault();
        save.start(changes);
      }}
    >
      <ProblemNotice error={save.error} />
      <Card
        title={text.profile}
        foot={
          (mayEdit || mayGrant) && (
            <Button type="submit" look="primary" isBusy={save.isBusy}>
              {common.save}
            </Button>
          )
        }
      >
        <Facts
          of={[
            [text.username, <bdi key="name">{user.username ?? text.erasedName}</bdi>],
            [text.status, <UserBadge key="status" status={user.status} />],
            [text.createdAt, <DateTime key="created" at={user.createdAt} />],
          ]}
        />
        <div className={layout.columns}>
          <TextField
            label={text.displayName}
            name="displayName"
            value={displayName}
            onChange={setDisplayName}
            isReadOnly={!mayEdit}
            autoComplete="off"
          />
          <TextField
            label={text.email}
            name="email"
            type="email"
            value={email}
            onChange={setEmail}
            isReadOnly={!mayEdit}
            autoComplete="off"
          />
          <TextField
            label={text.supervisor}
            name="supervisorId"
            value={supervisorName ?? currentSupervisor}
            onChange={setSupervisorName}
            isReadOnly={!mayEdit}
            hint={text.supervisorHint}
            autoComplete="off"
          />
        </div>
        <RolesMenu
          roles={roles.data?.items ?? user.roles}
          selected={roleIds}
          isDisabled={!mayGrant}
          onChange={setRoleIds}
        />
        {user.username === null && <Callout tone="info">{text.erasedText}</Callout>}
      </Card>
    </Form>
  );
}

/** A user's name by id; empty as long as it is not known, and for nobody. */
function useNameOf(userId: string | null): string {
  const { data } = useQuery({ ...userQuery(userId ?? ''), enabled: userId !== null });
  return data?.resource.username ?? '';
}
