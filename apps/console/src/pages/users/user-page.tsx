import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { userQuery } from '../../api/queries.js';
import { useMay } from '../../app/access.js';
import { useMessages } from '../../text/messages-context.js';
import { layout, Loading, Page } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { AccountCard } from './account-card.js';
import { IdentitiesCard } from './identities-card.js';
import { SessionsCard } from './sessions-card.js';
import { UserForm } from './user-form.js';
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
          <UserForm current={user.data} />
          {(may('api-keys.manage') || may('api-keys.supervise')) && <UserKeysCard userId={userId} />}
          {user.data.resource.status !== 'erased' && <IdentitiesCard user={user.data.resource} />}
          {may('users.manage') && (
            <>
              <SessionsCard userId={userId} />
              <AccountCard user={user.data.resource} />
            </>
          )}
        </>
      )}
    </Page>
  );
}
