import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { listQuery } from '../api/queries.js';
import type { Notice } from '../api/types.gen.js';
import { useMessages } from '../text/messages-context.js';
import { Badge, type BadgeTone } from '../ui/badge.js';
import { Card, Empty, Loading, Page } from '../ui/layout.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { More, Table, tableStyles } from '../ui/table.js';
import { Ago } from '../ui/time.js';
import { MyTabs } from './my-tabs.js';

const TONES: Readonly<Record<Notice['type'], BadgeTone>> = {
  ApiKeyIssued: 'plain',
  ApiKeyRotated: 'plain',
  ApiKeyRevoked: 'warn',
  ApiKeyExpiring: 'warn',
  RetiredKeyUsed: 'bad',
};

export function NoticesPage(): ReactNode {
  const { notices: text, keys } = useMessages();
  const list = useInfiniteQuery(listQuery<Notice>('notices', '/v1/me/notices'));
  const notices = list.data?.pages.flatMap(({ items }) => items);
  return (
    <Page title={text.title} lead={text.lead}>
      <MyTabs />
      <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />
      {notices === undefined ? (
        list.error === null && <Loading />
      ) : (
        <Card isFlush>
          {notices.length === 0 ? (
            <Empty title={text.none}>{text.noneText}</Empty>
          ) : (
            <>
              <Table label={text.title} columns={[{ name: text.what }, { name: text.key }, { name: text.when }]}>
                {notices.map((notice) => (
                  <tr key={notice.id}>
                    <td className={tableStyles.main}>
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
              <More shown={notices.length} list={list} />
            </>
          )}
        </Card>
      )}
    </Page>
  );
}
