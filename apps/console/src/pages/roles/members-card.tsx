import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { membersQuery } from '../../api/queries.js';
import { useMay } from '../../app/access.js';
import { useMessages } from '../../text/messages-context.js';
import { buttonClass } from '../../ui/button.js';
import { Callout } from '../../ui/callout.js';
import { Card, Empty, Loading } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { More, Table, tableStyles } from '../../ui/table.js';
import { UserBadge } from '../users/user-badge.js';

/** Who holds a role. Names take a permission of their own. */
export function MembersCard({ roleId }: { readonly roleId: string }): ReactNode {
  const { roles: text } = useMessages();
  const mayRead = useMay()('users.read');
  return mayRead ? (
    <Members roleId={roleId} />
  ) : (
    <Card title={text.members}>
      <Callout tone="info">{text.membersHidden}</Callout>
    </Card>
  );
}

function Members({ roleId }: { readonly roleId: string }): ReactNode {
  const { roles: text, users: userText } = useMessages();
  const list = useInfiniteQuery(membersQuery(roleId));
  const members = list.data?.pages.flatMap(({ items }) => items);
  const total = list.data?.pages.at(-1)?.total;
  return (
    <Card title={text.members} lead={total === undefined ? undefined : text.memberCount(total)} isFlush>
      <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />
      {members === undefined ? (
        list.error === null && <Loading />
      ) : members.length === 0 ? (
        <Empty
          title={text.noMembers}
          action={
            <Link to="/users" className={buttonClass('secondary', 'small')}>
              {userText.title}
            </Link>
          }
        >
          {text.noMembersText}
        </Empty>
      ) : (
        <>
          <Table label={text.members} columns={[{ name: userText.user }, { name: userText.status }]}>
            {members.map(({ id, displayName, status, username }) => (
              <tr key={id}>
                <td className={tableStyles.main}>
                  <Link to="/users/$userId" params={{ userId: id }}>
                    <bdi>{username ?? id}</bdi>
                  </Link>
                  {displayName !== null && (
                    <small>
                      <bdi>{displayName}</bdi>
                    </small>
                  )}
                </td>
                <td>
                  <UserBadge status={status} />
                </td>
              </tr>
            ))}
          </Table>
          <More shown={members.length} list={list} />
        </>
      )}
    </Card>
  );
}
