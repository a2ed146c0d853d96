import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { get } from '../../api/http.js';
import type { KeyReport } from '../../api/types.gen.js';
import { useAuditMessages } from '../../text/audit-messages.js';
import { useLanguage } from '../../text/messages-context.js';
import { Button } from '../../ui/button.js';
import { Card, Empty, layout, Loading, Page } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { Table, tableStyles } from '../../ui/table.js';
import { DateTime, localTime } from '../../ui/time.js';
import { downloadCsv } from './csv.js';
import { WeeksPlot } from './weeks-plot.js';
import styles from './reports.module.css';

type Group = KeyReport['byAge'][number];

/** How old keys are, when they end, and what comes and goes: what a review of access asks every quarter. */
export function ReportsPage(): ReactNode {
  const { reports: text, timeline } = useAuditMessages();
  const report = useQuery({
    queryKey: ['reports', 'keys'],
    queryFn: ({ signal }) => get<KeyReport>('/v1/audit/reports/keys', signal),
    // Numbers must not change while they are being read.
    staleTime: 300_000,
  });
  const { data } = report;
  const hasKeys = data?.weeks.some(({ issued }) => issued > 0) === true || sum(data?.byAge ?? []) > 0;
  return (
    <Page
      title={text.title}
      lead={text.lead}
      actions={
        <Button isBusy={report.isFetching} onPress={() => void report.refetch()}>
          {text.again}
        </Button>
      }
    >
      <ProblemNotice error={report.error} onRetry={() => void report.refetch()} />
      {data === undefined ? (
        report.error === null && <Loading />
      ) : !hasKeys ? (
        <Card isFlush>
          <Empty title={text.noKeys} action={<Link to="/timeline">{timeline.title}</Link>}>
            {text.noKeysText}
          </Empty>
        </Card>
      ) : (
        <>
          <p className={layout.small}>
            {text.countedAt} <DateTime at={data.countedAt} />
          </p>
          <GroupsCard name="keys-by-age" about={text.age} groups={data.byAge} day={data.countedAt.slice(0, 10)} />
          <GroupsCard
            name="keys-by-time-to-expiry"
            about={text.expiry}
            groups={data.byTimeToExpiry}
            day={data.countedAt.slice(0, 10)}
          />
          <WeeksCard weeks={data.weeks} day={data.countedAt.slice(0, 10)} />
        </>
      )}
    </Page>
  );
}

interface GroupsCardProps {
  /** Of the file. */
  readonly name: string;
  readonly about: { readonly title: string; readonly lead: string; readonly column: string };
  readonly groups: readonly Group[];
  readonly day: string;
}

/** A table whose last column is its plot: a bar each, as long as its share of the largest. */
function GroupsCard({ name, about, groups, day }: GroupsCardProps): ReactNode {
  const { reports: text } = useAuditMessages();
  const language = useLanguage();
  const numbers = new Intl.NumberFormat(language);
  const total = sum(groups);
  const most = Math.max(1, ...groups.map(({ keys }) => keys));
  const share = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  const save = (): void => {
    const rows = groups.map(({ fromDays, keys, toDays }) => [
      text.days(fromDays, toDays),
      fromDays,
      toDays ?? '',
      keys,
    ]);
    downloadCsv(`${name}-${day}`, [[about.column, 'fromDays', 'toDays', text.keys], ...rows]);
  };
  return (
    <Card
      title={about.title}
      lead={about.lead}
      actions={<CsvButton of={about.title} onPress={save} />}
      foot={<span className={layout.small}>{text.active(numbers.format(total))}</span>}
      isFlush
    >
      <Table
        isFigures
        label={about.title}
        columns={[
          { name: about.column },
          { name: text.keys, align: 'number' },
          { name: text.share, align: 'number' },
          { name: text.bar, isHidden: true },
        ]}
      >
        {groups.map(({ fromDays, keys, toDays }) => (
          <tr key={fromDays}>
            <td className={styles.group}>{text.days(fromDays, toDays)}</td>
            <td className={tableStyles.number}>{numbers.format(keys)}</td>
            <td className={tableStyles.number}>{share.format(total === 0 ? 0 : keys / total)}</td>
            <td className={styles.barCell}>
              <svg className={styles.bar} aria-hidden="true" width="100%" height="14">
                <rect width={`${(100 * keys) / most}%`} height="14" rx="3" />
              </svg>
            </td>
          </tr>
        ))}
      </Table>
    </Card>
  );
}

function WeeksCard({ weeks, day }: { readonly weeks: KeyReport['weeks']; readonly day: string }): ReactNode {
  const { reports: text } = useAuditMessages();
  const language = useLanguage();
  const numbers = new Intl.NumberFormat(language);
  const save = (): void => {
    downloadCsv(`keys-by-week-${day}`, [
      [text.weeks.week, text.weeks.issued, text.weeks.revoked],
      ...weeks.map(({ issued, revoked, start }) => [start, issued, revoked]),
    ]);
  };
  return (
    <Card title={text.weeks.title} lead={text.weeks.lead} actions={<CsvButton of={text.weeks.title} onPress={save} />}>
      <WeeksPlot weeks={weeks} />
      <details>
        <summary>{text.weeks.table}</summary>
        <Table
          isFigures
          label={text.weeks.title}
          columns={[
            { name: text.weeks.week },
            { name: text.weeks.issued, align: 'number' },
            { name: text.weeks.revoked, align: 'number' },
          ]}
        >
          {weeks.toReversed().map(({ issued, revoked, start }) => (
            <tr key={start}>
              <td>{localTime(`${start}T12:00:00Z`, language, true)}</td>
              <td className={tableStyles.number}>{numbers.format(issued)}</td>
              <td className={tableStyles.number}>{numbers.format(revoked)}</td>
            </tr>
          ))}
        </Table>
      </details>
    </Card>
  );
}

function CsvButton({ of: table, onPress }: { readonly of: string; readonly onPress: () => void }): ReactNode {
  const { reports: text } = useAuditMessages();
  return (
    <Button size="small" aria-label={`${text.csv}: ${table}`} onPress={onPress}>
      {text.csv}
    </Button>
  );
}

function sum(groups: readonly Group[]): number {
  return groups.reduce((total, { keys }) => total + keys, 0);
}
