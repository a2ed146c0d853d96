import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { get } from '../api/http.js';
import type { ApiKeySummary } from '../api/types.gen.js';
import type { AllKeysSearch } from '../app/all-keys-search.js';
import { useLanguage, useMessages } from '../text/messages-context.js';
import { Card, Loading } from '../ui/layout.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { Ago } from '../ui/time.js';
import styles from './overview.module.css';

interface Count {
  readonly name: string;
  readonly count: number;
  /** The list of exactly these keys. */
  readonly search: AllKeysSearch;
  readonly needsAttention?: boolean;
}

/** How many keys there are of each kind that somebody may have to do something about; each leads to its list. */
export function KeyCounts(): ReactNode {
  const { overview: text, allKeys } = useMessages();
  const summary = useQuery({
    queryKey: ['api-keys', 'summary'],
    queryFn: ({ signal }) => get<ApiKeySummary>('/v1/api-keys/summary', signal),
    staleTime: 30_000,
  });
  if (summary.error !== null) return <ProblemNotice error={summary.error} onRetry={() => void summary.refetch()} />;
  if (summary.data === undefined)
    return (
      <Card title={text.keys}>
        <Loading />
      </Card>
    );
  const { byStatus, endingWithinDays, unusedForDays, countedAt } = summary.data;
  const counts: Count[] = [
    { name: allKeys.statuses.active, count: byStatus.active, search: { status: 'active' } },
    {
      name: text.endingWithin(7),
      count: endingWithinDays[7],
      search: { status: 'active', ending: '7', sort: 'effectiveExpiresAt' },
      needsAttention: endingWithinDays[7] > 0,
    },
    { name: text.unusedFor(90), count: unusedForDays[90], search: { status: 'active', unused: '90' } },
    { name: allKeys.statuses.pending, count: byStatus.pending, search: { status: 'pending' } },
  ];
  return (
    <Card
      title={text.keys}
      lead={
        <>
          {text.counted} <Ago at={countedAt} />
        </>
      }
      isFlush
      actions={<Link to="/api-keys">{text.allKeys}</Link>}
    >
      <ul className={styles.counts}>
        {counts.map(({ name, count, search, needsAttention = false }) => (
          <li key={name} data-attention={needsAttention}>
            <Link to="/api-keys" search={search}>
              <strong>
                <Number of={count} />
              </strong>
              <span>{name}</span>
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Number({ of: value }: { readonly of: number }): ReactNode {
  return new Intl.NumberFormat(useLanguage()).format(value);
}
