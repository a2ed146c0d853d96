import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { listQuery } from '../../api/queries.js';
import type { Event } from '../../api/types.gen.js';
import { useAuditMessages } from '../../text/audit-messages.js';
import { Select } from '../../ui/choices.js';
import { Card, Empty, layout, Loading, Page } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { SearchField } from '../../ui/search-field.js';
import { More, tableStyles } from '../../ui/table.js';
import { DateTime } from '../../ui/time.js';
import { DayField } from './day-field.js';
import { useSentenceOfEvent } from './sentence.js';
import styles from './audit.module.css';

const route = getRouteApi('/shell/timeline');

/** What has happened, newest first, a sentence each. */
export function TimelinePage(): ReactNode {
  const { timeline: text } = useAuditMessages();
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
            <Empty
              title={text.none}
              action={
                <Link to="/timeline" search={{}}>
                  {text.clear}
                </Link>
              }
            >
              {text.noneText}
            </Empty>
          ) : (
            <>
              <ol className={styles.events}>
                {events.map((event) => (
                  <Entry key={event.position} event={event} />
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

function Entry({ event }: { readonly event: Event }): ReactNode {
  const { timeline: text } = useAuditMessages();
  const sentence = useSentenceOfEvent();
  return (
    <li>
      <Link
        to="/events/$position"
        params={{ position: String(event.position) }}
        className={styles.position}
        aria-label={text.eventAt(event.position)}
      >
        #{event.position}
      </Link>
      <span className={styles.sentence}>{sentence(event)}</span>
      <span className={layout.small}>
        <DateTime at={event.recordedAt} />
      </span>
      <span className={styles.meta}>
        {text.by(event.actor)} · {event.stream}
      </span>
      <details className={styles.record}>
        <summary aria-label={text.jsonOf(event.position)}>{text.json}</summary>
        <pre className={styles.json} tabIndex={0} dir="ltr">
          {JSON.stringify(event, null, 2)}
        </pre>
      </details>
    </li>
  );
}

function Filters(): ReactNode {
  const { timeline: text, sentences } = useAuditMessages();
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
        options={[['', text.anyType], ...Object.keys(sentences).map((type) => [type, type] as const)]}
      />
      <SearchField
        label={text.actor}
        value={search.actor ?? ''}
        placeholder={text.actorHint}
        onSearch={(value) => set('actor', value)}
      />
      <SearchField
        label={text.stream}
        value={search.stream ?? ''}
        placeholder={text.streamHint}
        onSearch={(value) => set('stream', value)}
      />
      <DayField label={text.from} instant={search.from} onChange={(value) => set('from', value)} />
      <DayField label={text.to} instant={search.to} isEnd onChange={(value) => set('to', value)} />
    </search>
  );
}
