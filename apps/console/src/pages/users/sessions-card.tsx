import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { call, get } from '../../api/http.js';
import type { Page } from '../../api/queries.js';
import type { Session } from '../../api/types.gen.js';
import { useAction } from '../../app/use-action.js';
import { useMessages } from '../../text/messages-context.js';
import { ActionStatus } from '../../ui/action-status.js';
import { Button } from '../../ui/button.js';
import { Card, Empty, Loading } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { useAnnounce } from '../../ui/toast.js';
import { SessionsTable } from '../sessions-table.js';

/** Where somebody is signed in, for who manages users. */
export function SessionsCard({ userId }: { readonly userId: string }): ReactNode {
  const { users: text, mySettings } = useMessages();
  const queries = useQueryClient();
  const announce = useAnnounce();
  const queryKey = ['users', userId, 'sessions'];
  const path = `/v1/users/${encodeURIComponent(userId)}/sessions`;
  const sessions = useQuery({
    queryKey,
    queryFn: ({ signal }) => get<Page<Session>>(`${path}?limit=200`, signal),
  });
  const end = useAction(
    (sessionId: string | null) => call('DELETE', sessionId === null ? path : `${path}/${sessionId}`),
    () => {
      announce(mySettings.sessionsEnded);
      void queries.invalidateQueries({ queryKey });
    },
  );
  const items = sessions.data?.items ?? [];
  return (
    <Card
      title={mySettings.sessions}
      lead={text.sessionsLead}
      isFlush
      actions={
        items.length > 0 && (
          <Button size="small" isBusy={end.isBusy} onPress={() => end.start(null)}>
            {text.endSessions}
          </Button>
        )
      }
    >
      <ProblemNotice error={sessions.error} onRetry={() => void sessions.refetch()} />
      <ActionStatus of={end} />
      {sessions.data === undefined ? (
        sessions.error === null && <Loading />
      ) : items.length === 0 ? (
        <Empty title={text.noSessions}>{text.noSessionsText}</Empty>
      ) : (
        <SessionsTable sessions={items} isBusy={end.isBusy} onEnd={(sessionId) => end.start(sessionId)} />
      )}
    </Card>
  );
}
