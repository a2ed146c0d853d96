import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { listQuery, rolesQuery } from '../../api/queries.js';
import type { User } from '../../api/types.gen.js';
import { useMay } from '../../app/access.js';
import { useMessages } from '../../text/messages-context.js';
import { Tags } from '../../ui/badge.js';
import { Button } from '../../ui/button.js';
import { Select } from '../../ui/choices.js';
import { Card, Empty, layout, Loading, Page } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { SearchField } from '../../ui/search-field.js';
import { More, Table, tableStyles } from '../../ui/table.js';
import { DateTime } from '../../ui/time.js';
import { CreateUserDialog } from './create-user-dialog.js';
import { UserBadge } from './user-badge.js';

const route = getRouteApi('/shell/users');

export function UsersPage(): ReactNode {
  const { users: text } = useMessages();
  const may = useMay();
  const search = route.useSearch();
  const [isCreating, setIsCreating] = useState(false);
  const list = useInfiniteQuery({
    ...listQuery<User>('users', '/v1/users', { ...search }),
    placeholderData: keepPreviousData,
  });
  const users = list.data?.pages.flatMap(({ items }) => items);
  const create = may('users.manage') && (
    <Button look="primary" onPress={() => setIsCreating(true)}>
      {text.create}
    </Button>
  );
  return (
    <Page title={text.title} lead={text.lead} actions={create}>
      <Filters />
      <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />
      {users === undefined ? (
        list.error === null && <Loading />
      ) : (
        <Card isFlush>
          {users.length === 0 ? (
            <Empty title={text.none}>{text.noneText}</Empty>
          ) : (
            <>
              <Table
                label={text.title}
                columns={[{ name: text.user }, { name: text.status }, { name: text.roles }, { name: text.createdAt }]}
              >
                {users.map((user) => (
                  <UserRow key={user.id} user={user} />
                ))}
              </Table>
              <More shown={users.length} list={list} />
            </>
          )}
        </Card>
      )}
      {isCreating && <CreateUserDialog onClose={() => setIsCreating(false)} />}
    </Page>
  );
}

function UserRow({ user }: { readonly user: User }): ReactNode {
  const { users: text } = useMessages();
  return (
    <tr>
      <td className={tableStyles.main}>
        <Link to="/users/$userId" params={{ userId: user.id }}>
          <bdi>{user.username ?? text.erasedName}</bdi>
        </Link>
        {user.displayName !== null && (
          <small>
            <bdi>{user.displayName}</bdi>
          </small>
        )}
      </td>
      <td>
        <UserBadge status={user.status} />
      </td>
      <td>
        {user.roles.length === 0 ? (
          <span className={layout.soft}>{text.noRoles}</span>
        ) : (
          <Tags of={user.roles.map(({ name }) => name)} />
        )}
      </td>
      <td>
        <DateTime at={user.createdAt} dateOnly />
      </td>
    </tr>
  );
}

/** What is searched for stands in the address, so that a list can be linked. */
function Filters(): ReactNode {
  const { users: text } = useMessages();
  const search = route.useSearch();
  const navigate = useNavigate();
  const may = useMay();
  const roles = useQuery({ ...rolesQuery, enabled: may('roles.read') });
  const set = (name: keyof typeof search, value: string): void => {
    void navigate({ to: '/users', search: { ...search, [name]: value === '' ? undefined : value }, replace: true });
  };
  return (
    <search className={tableStyles.tools}>
      <SearchField label={text.search} value={search.query ?? ''} onSearch={(value) => set('query', value)} />
      {roles.data !== undefined && (
        <Select
          label={text.role}
          value={search.role ?? ''}
          onChange={(value) => set('role', value)}
          options={[['', text.anyRole], ...roles.data.items.map(({ id, name }) => [id, name] as const)]}
        />
      )}
      <Select
        label={text.status}
        value={search.status ?? ''}
        onChange={(value) => set('status', value)}
        options={[
          ['', text.anyStatus],
          ['active', text.statuses.active],
          ['deactivated', text.statuses.deactivated],
          ['erased', text.statuses.erased],
        ]}
      />
    </search>
  );
}
