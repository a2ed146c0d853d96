import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { call } from '../api/http.js';
import { listQuery } from '../api/queries.js';
import type { Notice } from '../api/types.gen.js';
import { useAction } from '../app/use-action.js';
import { useMessages } from '../text/messages-context.js';
import { ActionStatus } from '../ui/action-status.js';
import { Badge, type BadgeTone } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { Select } from '../ui/choices.js';
import { Card, Empty, Loading, Page } from '../ui/layout.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { More, Table, tableStyles } from '../ui/table.js';
import { Ago } from '../ui/time.js';
import { useAnnounce } from '../ui/toast.js';
import { MyTabs } from './my-tabs.js';

const route = getRouteApi('/shell/my/notices');

const TONES: Readonly<Record<Notice['type'], BadgeTone>> = {
  ApiKeyIssued: 'plain',
  ApiKeyRotated: 'plain',
  ApiKeyRevoked: 'warn',
  ApiKeyExpiring: 'warn',
  RetiredKeyUsed: 'bad',
};

/**
 * What happened to the own keys. Looking at it marks nothing as read: that is a press of its own, for all that are
 * shown.
 */
export function NoticesPage(): ReactNode {
  const { notices: text } = useMessages();
  const isUnreadOnly = route.useSearch().show === 'unread';
  const list = useInfiniteQuery(
    listQuery<Notice>('notices', '/v1/me/notices', { unread: isUnreadOnly ? 'true' : undefined }),
  );
  const notices = list.data?.pages.flatMap(({ items }) => items);
  return (
    <Page title={text.title} lead={text.lead}>
      <MyTabs />
      <Tools isUnreadOnly={isUnreadOnly} notices={notices ?? []} />
      <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />
      {notices === undefined ? (
        list.error === null && <Loading />
      ) : (
        <Card isFlush>
          {notices.length === 0 ? (
            <Empty title={isUnreadOnly ? text.noneUnread : text.none}>
              {isUnreadOnly ? text.noneUnreadText : text.noneText}
            </Empty>
          ) : (
            <>
              <NoticeTable notices={notices} />
              <More shown={notices.length} list={list} />
            </>
          )}
        </Card>
      )}
    </Page>
  );
}

interface ToolsProps {
  readonly isUnreadOnly: boolean;
  readonly notices: readonly Notice[];
}

function Tools({ isUnreadOnly, notices }: ToolsProps): ReactNode {
  const { notices: text } = useMessages();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const announce = useAnnounce();
  const [newest] = notices;
  const markRead = useAction(
    // Up to the newest that the person can see: one that comes meanwhile stays unread.
    (upTo: string) => call('POST', '/v1/me/notices/read', { body: { upTo } }),
    () => {
      announce(text.marked);
      void queries.invalidateQueries({ queryKey: ['notices'] });
    },
  );
  return (
    <>
      <div className={tableStyles.tools}>
        <Select
          label={text.show}
          value={isUnreadOnly ? 'unread' : ''}
          options={[
            ['', text.all],
            ['unread', text.unread],
          ]}
          onChange={(show) => void navigate({ to: '/my/notices', search: show === '' ? {} : { show }, replace: true })}
        />
        {newest !== undefined && notices.some(({ read }) => !read) && (
          <Button isBusy={markRead.isBusy} onPress={() => markRead.start(newest.id)}>
            {text.markRead}
          </Button>
        )}
      </div>
      <ActionStatus of={markRead} />
    </>
  );
}

function NoticeTable({ notices }: { readonly notices: readonly Notice[] }): ReactNode {
  const { notices: text, keys } = useMessages();
  return (
    <Table label={text.title} columns={[{ name: text.what }, { name: text.key }, { name: text.when }]}>
      {notices.map((notice) => (
        <tr key={notice.id} className={notice.read ? undefined : tableStyles.unread}>
          <td className={tableStyles.main}>
            {!notice.read && <span className="visually-hidden">{text.unreadMark} </span>}
            <Badge tone={TONES[notice.type]}>{text.types[notice.type]}</Badge>
            <small>{text.sentences[notice.type]}</small>
          </td>
          <td>
            <Link to="/my/keys">
              <bdi>{notice.keyName ?? keys.nameless('')}</bdi>
            </Link>
          </td>
          <td>
            <Ago at={notice.occurredAt} />
          </td>
        </tr>
      ))}
    </Table>
  );
}
