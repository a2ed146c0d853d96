import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { rolesQuery, userQuery, type Versioned } from '../../api/queries.js';
import type { User } from '../../api/types.gen.js';
import { useMay } from '../../app/access.js';
import { useMessages } from '../../text/messages-context.js';
import { ActionStatus } from '../../ui/action-status.js';
import { Button } from '../../ui/button.js';
import { Callout } from '../../ui/callout.js';
import { TextField } from '../../ui/field.js';
import { Form } from '../../ui/form.js';
import { Card, Facts, layout } from '../../ui/layout.js';
import { useFieldErrors } from '../../ui/problem-notice.js';
import { DateTime } from '../../ui/time.js';
import { RolesMenu } from './roles-menu.js';
import { type UserChanges, useSaveUser } from './save-user.js';
import { UserBadge } from './user-badge.js';

export interface UserFormProps {
  readonly current: Versioned<User>;
}

/** Who somebody is, who looks after their keys, and which roles they hold. */
export function UserForm({ current }: UserFormProps): ReactNode {
  const { users: text, common } = useMessages();
  const fieldErrors = useFieldErrors();
  const may = useMay();
  const user = current.resource;
  const mayEdit = may('users.manage') && user.status !== 'erased';
  const mayGrant = may('roles.grant') && user.status !== 'erased';
  // Over the current state, so that a newer one, whoever made it, takes nothing away that was typed here.
  const [touched, setTouched] = useState<UserChanges>({});
  const roles = useQuery({ ...rolesQuery, enabled: may('roles.read') });
  const save = useSaveUser(current, () => setTouched({}));
  const set = (name: keyof UserChanges) => (value: string | ReadonlySet<string>) =>
    setTouched((old) => ({ ...old, [name]: value }));
  return (
    <Form layout={layout.sections} problems={fieldErrors(save.error)} onSend={() => save.start(touched)}>
      <ActionStatus of={save} />
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
        <ProfileFields user={user} touched={touched} set={set} isReadOnly={!mayEdit} />
        <RolesMenu
          roles={roles.data?.items ?? user.roles}
          selected={touched.roleIds ?? new Set(user.roles.map(({ id }) => id))}
          isDisabled={!mayGrant}
          onChange={set('roleIds')}
        />
        {user.username === null && <Callout tone="info">{text.erasedText}</Callout>}
      </Card>
    </Form>
  );
}

interface ProfileFieldsProps {
  readonly user: User;
  readonly touched: UserChanges;
  readonly set: (name: keyof UserChanges) => (value: string) => void;
  readonly isReadOnly: boolean;
}

function ProfileFields({ user, touched, set, isReadOnly }: ProfileFieldsProps): ReactNode {
  const { users: text } = useMessages();
  const currentSupervisor = useNameOf(user.supervisorId);
  return (
    <div className={layout.columns}>
      <TextField
        label={text.displayName}
        name="displayName"
        value={touched.displayName ?? user.displayName ?? ''}
        onChange={set('displayName')}
        isReadOnly={isReadOnly}
        autoComplete="off"
      />
      <TextField
        label={text.email}
        name="email"
        type="email"
        value={touched.email ?? user.email ?? ''}
        onChange={set('email')}
        isReadOnly={isReadOnly}
        autoComplete="off"
      />
      <TextField
        label={text.supervisor}
        name="supervisorId"
        value={touched.supervisorName ?? currentSupervisor}
        onChange={set('supervisorName')}
        isReadOnly={isReadOnly}
        hint={text.supervisorHint}
        autoComplete="off"
      />
    </div>
  );
}

/** A user's name by id; empty as long as it is not known, and for nobody. */
function useNameOf(userId: string | null): string {
  const { data } = useQuery({ ...userQuery(userId ?? ''), enabled: userId !== null });
  return data?.resource.username ?? '';
}
