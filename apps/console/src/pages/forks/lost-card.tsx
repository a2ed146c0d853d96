import { useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { listQuery } from '../../api/queries.js';
import type { AcknowledgedFork, Event } from '../../api/types.gen.js';
import { useMay } from '../../app/access.js';
import { useAuditMessages } from '../../text/audit-messages.js';
import { Badge } from '../../ui/badge.js';
import { Callout } from '../../ui/callout.js';
import { Card, Facts, layout, Loading } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { More } from '../../ui/table.js';
import { DateTime } from '../../ui/time.js';
import { useSentenceOfEvent } from '../audit/sentence.js';
import auditStyles from '../audit/audit.module.css';
import styles from './forks.module.css';

/** Of these somebody relies on that they hold. */
const REVOCATIONS: ReadonlySet<string> = new Set([
  'ApiKeyRevoked',
  'ApiKeysBulkRevoked',
  'RoleWithdrawn',
  'UserDeactivated',
  'UserErased',
  'OidcIdentityUnlinked',
  'GatewayRetired',
]);

export interface LostCardProps {
  readonly fork: Pick<AcknowledgedFork, 'position' | 'checkpoint' | 'size'>;
  /** Position of the record that acknowledged it; null for the one that stands. */
  readonly of: number | null;
}

/** What the service knows of what is gone: how many records by the checkpoint, which ones by the broker. */
export function LostCard({ fork, of }: LostCardProps): ReactNode {
  const { forks: text } = useAuditMessages();
  const may = useMay();
  const { checkpoint, position, size } = fork;
  const lost = size === null || size <= position ? text.lostUnknown(position) : text.lostRange(position + 1, size);
  return (
    <Card title={text.lostTitle} isFlush>
      <div className={layout.cardBody}>
        <Facts
          of={[
            [text.kept, text.keptUpTo(position)],
            [text.lost, lost],
          ]}
        />
        <details>
          <summary>{text.checkpoint}</summary>
          <pre className={`${auditStyles.json ?? ''} ${styles.note ?? ''}`} tabIndex={0} dir="ltr" translate="no">
            {checkpoint.trimEnd()}
          </pre>
        </details>
        {!may('audit.read') && <Callout tone="info">{text.listHidden}</Callout>}
      </div>
      {may('audit.read') && <LostRecords of={of} />}
    </Card>
  );
}

function LostRecords({ of }: Pick<LostCardProps, 'of'>): ReactNode {
  const { forks: text } = useAuditMessages();
  const list = useInfiniteQuery(
    listQuery<Event>('lost-records', '/v1/log/fork/lost-records', { acknowledgement: of === null ? '' : String(of) }),
  );
  const records = list.data?.pages.flatMap(({ items }) => items);
  if (records === undefined)
    return list.error === null ? (
      <Loading />
    ) : (
      <div className={layout.cardBody}>
        <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />
      </div>
    );
  if (records.length === 0)
    return (
      <div className={layout.cardBody}>
        <Callout tone="warn">{text.listNone}</Callout>
      </div>
    );
  return (
    <>
      <p className={`${layout.small} ${styles.listLead ?? ''}`}>{text.listLead}</p>
      <ol className={auditStyles.events}>
        {records.map((record) => (
          <Entry key={record.position} record={record} />
        ))}
      </ol>
      <More shown={records.length} list={list} />
    </>
  );
}

function Entry({ record }: { readonly record: Event }): ReactNode {
  const { timeline, forks: text } = useAuditMessages();
  const sentence = useSentenceOfEvent();
  return (
    <li>
      <span className={auditStyles.position}>#{record.position}</span>
      <span className={auditStyles.sentence}>
        {sentence(record)} {REVOCATIONS.has(record.type) && <Badge tone="bad">{text.revocation}</Badge>}
      </span>
      <span className={layout.small}>
        <DateTime at={record.recordedAt} />
      </span>
      <span className={auditStyles.meta}>
        {timeline.by(record.actor)} · {record.stream}
      </span>
    </li>
  );
}
