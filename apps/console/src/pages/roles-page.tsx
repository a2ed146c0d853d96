import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { call, get, newIntent } from '../api/http.js';
import { type Page as ListPage, type PermissionName, permissionsQuery, roleQuery, rolesQuery } from '../api/queries.js';
import type { Role, User } from '../api/types.gen.js';
import { useMay } from '../app/access.js';
import { useAction } from '../app/use-action.js';
import type { Messages } from '../text/en.js';
import { useMessages } from '../text/messages-context.js';
import { ActionStatus } from '../ui/action-status.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { Callout } from '../ui/callout.js';
import { Checkbox } from '../ui/choices.js';
import { Dialog, DialogFoot, dialogStyles } from '../ui/dialog.js';
import { TextField, textOf } from '../ui/field.js';
import { Form } from '../ui/form.js';
import { Card, Loading, Page } from '../ui/layout.js';
import { fieldErrors, ProblemNotice } from '../ui/problem-notice.js';
import { Table, tableStyles } from '../ui/table.js';

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
              <tr key={role.id}>
                <td className={tableStyles.main}>
                  <Link to="/users" search={{ role: role.id }}>
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
                    <Button size="small" aria-label={text.editNamed(role.name)} onPress={() => setEditing(role)}>
                      {text.edit}
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </Table>
        </Card>
      )}
      {editing !== null && <RoleDialog role={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
    </Page>
  );
}

/** What the service says of a built-in role is in the one language that it has. */
function descriptionOf({ description, id, system }: Role, { builtIn }: Messages['roles']): string | null {
  const known: Readonly<Record<string, string>> = builtIn;
  return system ? (known[id] ?? description) : description;
}

function PermissionList({ of: names }: { readonly of: readonly PermissionName[] }): ReactNode {
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

/** A permission that a newer service knows and this page does not has no sentence here. */
function sentenceOf(name: string, { sentences }: Messages['roles']): string | undefined {
  const known: Readonly<Record<string, string>> = sentences;
  return known[name];
}

interface RoleDialogProps {
  /** Null for a new one. */
  readonly role: Role | null;
  readonly onClose: () => void;
}

function RoleDialog({ role, onClose }: RoleDialogProps): ReactNode {
  const { roles: text, common } = useMessages();
  const queries = useQueryClient();
  const me = useMay();
  const permissions = useQuery(permissionsQuery);
  const [chosen, setChosen] = useState<ReadonlySet<PermissionName>>(() => new Set(role?.permissions));
  const [idempotencyKey] = useState(() => newIntent());
  // Its version as of when the dialog was opened: what somebody else changes meanwhile is not overwritten unseen.
  const versioned = useQuery({ ...roleQuery(role?.id ?? ''), enabled: role !== null, staleTime: Infinity, gcTime: 0 });
  const finish = (): void => {
    void queries.invalidateQueries({ queryKey: rolesQuery.queryKey });
    void queries.invalidateQueries({ queryKey: ['me'] });
    onClose();
  };
  const save = useAction((form: FormData) => {
    const description = textOf(form, 'description').trim();
    const body = { name: textOf(form, 'name').trim(), description: description || null, permissions: [...chosen] };
    return role === null
      ? call('POST', '/v1/roles', { body, idempotencyKey })
      : call('PATCH', `/v1/roles/${role.id}`, { body, ifMatch: versioned.data?.etag ?? null });
  }, finish);
  const remove = useAction(() => call('DELETE', `/v1/roles/${role?.id ?? ''}`), finish);
  const toggle = (name: PermissionName, isChosen: boolean): void => {
    const next = new Set(chosen);
    if (isChosen) next.add(name);
    else next.delete(name);
    setChosen(next);
  };
  return (
    <Dialog title={role === null ? text.create : text.editNamed(role.name)} onClose={onClose} isWide>
      <Form problems={fieldErrors(save.error)} onSend={(form) => save.start(new FormData(form))}>
        <ActionStatus of={save} />
        <ActionStatus of={remove} />
        {role !== null && <Holders roleId={role.id} />}
        <TextField label={text.name} name="name" defaultValue={role?.name ?? ''} isRequired autoFocus />
        <TextField
          label={text.description}
          name="description"
          defaultValue={role?.description ?? ''}
          isMarkedOptional
        />
        <fieldset className={dialogStyles.form}>
          <legend>
            <strong>{text.permissions}</strong>
          </legend>
          {permissions.data?.items.map(({ permission, description }) => (
            <Checkbox
              key={permission}
              label={sentenceOf(permission, text) ?? description}
              hint={me(permission) ? permission : text.beyondYours(permission)}
              isDisabled={!me(permission)}
              isSelected={chosen.has(permission)}
              onChange={(isChosen) => toggle(permission, isChosen)}
            />
          ))}
        </fieldset>
        <DialogFoot>
          {role !== null && (
            <Button look="dangerQuiet" isBusy={remove.isBusy} onPress={() => remove.start()}>
              {common.delete}
            </Button>
          )}
          <Button onPress={onClose}>{common.cancel}</Button>
          <Button
            type="submit"
            look="primary"
            isBusy={save.isBusy}
            isDisabled={role !== null && versioned.data === undefined}
          >
            {common.save}
          </Button>
        </DialogFoot>
      </Form>
    </Dialog>
  );
}

/** Whom an edit would concern. */
function Holders({ roleId }: { readonly roleId: string }): ReactNode {
  const { roles: text } = useMessages();
  const may = useMay();
  const { data } = useQuery({
    queryKey: ['users', 'holders', roleId],
    queryFn: ({ signal }) => get<ListPage<User>>(`/v1/users?role=${encodeURIComponent(roleId)}&limit=200`, signal),
    enabled: may('users.read'),
  });
  if (data === undefined || data.items.length === 0) return null;
  const names = data.items.slice(0, 5).map(({ id, username }) => username ?? id);
  return <Callout tone="info">{text.holders(data.items.length, data.nextCursor !== null, names.join(', '))}</Callout>;
}
