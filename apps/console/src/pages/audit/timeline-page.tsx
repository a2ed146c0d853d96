import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { listQuery } from '../../api/queries.js';
import type { Event } from '../../api/types.gen.js';
import { useMessages } from '../../text/messages-context.js';
import { Select } from '../../ui/choices.js';
import { Card, Empty, layout, Loading, Page } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { SearchField } from '../../ui/search-field.js';
import { More, tableStyles } from '../../ui/table.js';
import { DateTime } from '../../ui/time.js';
import { sentenceOfEvent } from './sentence.js';
import styles from './audit.module.css';

const route = getRouteApi('/shell/timeline');

/** What has happened, newest first, a sentence each. */
export function TimelinePage(): ReactNode {
  const messages = useMessages();
  const { timeline: text } = messages;
  const search = route.useSearch();
  const list = useInfiniteQuery({
    ...listQuery<Event>('events', '/v1/events', { ...search, order: 'desc' }),
    placeholderData: keepPreviousData,
  });
  const events = list.data?.pages.flatMap(({ items }) => items);
  return (
    <Page title={text.title} lead={text.lead}>
      <Filters />
      <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />
      {events === undefined ? (
        list.error === null && <Loading />
      ) : (
        <Card isFlush>
          {events.length === 0 ? (
            <Empty title={text.none}>{text.noneText}</Empty>
          ) : (
            <>
              <ol className={styles.events}>
                {events.map((event) => (
                  <li key={event.position}>
                    <Link
                      to="/events/$position"
                      params={{ position: String(event.position) }}
                      className={styles.position}
                      aria-label={text.eventAt(event.position)}
                    >
                      #{event.position}
                    </Link>
                    <span className={styles.sentence}>{sentenceOfEvent(event, messages)}</span>
                    <span className={layout.small}>
                      <DateTime at={event.recordedAt} />
                    </span>
                    <span className={styles.meta}>
                      {text.by(event.actor)} · {event.stream}
                    </span>
                  </li>
                ))}
              </ol>
              <More shown={events.length} list={list} />
            </>
          )}
        </Card>
      )}
    </Page>
  );
}

function Filters(): ReactNode {
  const { timeline: text } = useMessages();
  const search = route.useSearch();
  const navigate = useNavigate();
  const set = (name: keyof typeof search, value: string): void => {
    void navigate({ to: '/timeline', search: { ...search, [name]: value === '' ? undefined : value }, replace: true });
  };
  return (
    <search className={tableStyles.tools}>
      <Select
        label={text.type}
        value={search.type ?? ''}
        onChange={(value) => set('type', value)}
        options={[['', text.anyType], ...Object.keys(text.events).map((type) => [type, type] as const)]}
      />
      <SearchField
        label={text.actor}
        value={search.actor ?? ''}
        placeholder="user/…"
        onSearch={(value) => set('actor', value)}
      />
      <SearchField
        label={text.stream}
        value={search.stream ?? ''}
        placeholder="api-key/…"
        onSearch={(value) => set('stream', value)}
      />
    </search>
  );
}
