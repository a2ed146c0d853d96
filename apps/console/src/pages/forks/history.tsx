import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { AcknowledgedFork } from '../../api/types.gen.js';
import { useMay } from '../../app/access.js';
import { useAuditMessages } from '../../text/audit-messages.js';
import { buttonClass } from '../../ui/button.js';
import { Card } from '../../ui/layout.js';
import { Table, tableStyles } from '../../ui/table.js';
import { DateTime } from '../../ui/time.js';
import { PublicKey } from './public-key.js';
import styles from './forks.module.css';

export interface HistoryProps {
  /** The newest first. */
  readonly acknowledged: readonly AcknowledgedFork[];
  readonly publicKey: string;
}

export function History({ acknowledged, publicKey }: HistoryProps): ReactNode {
  const { forks: text } = useAuditMessages();
  const maySeeEvents = useMay()('audit.read');
  return (
    <Card title={text.history} lead={text.historyLead} isFlush foot={<PublicKey publicKey={publicKey} />}>
      <Table
        label={text.history}
        columns={[
          { name: text.acknowledgedAt },
          { name: text.behind },
          { name: text.origin },
          { name: text.see, isHidden: true },
        ]}
      >
        {acknowledged.map(({ acknowledgedAt, acknowledgedBy, origin, position, recordPosition, size }) => (
          <tr key={recordPosition}>
            <td className={tableStyles.main}>
              <DateTime at={acknowledgedAt} />
              <small>
                {text.by(acknowledgedBy)}
                {maySeeEvents && (
                  <>
                    {' · '}
                    <Link to="/events/$position" params={{ position: String(recordPosition) }}>
                      {text.event(recordPosition)}
                    </Link>
                  </>
                )}
              </small>
            </td>
            <td>
              {text.record(position)}
              {size !== null && ` ${text.of(size)}`}
            </td>
            <td className={styles.name}>
              <bdi translate="no">{origin}</bdi>
            </td>
            <td className={tableStyles.end}>
              <Link
                to="/forks"
                search={{ of: String(recordPosition) }}
                className={buttonClass('secondary', 'small')}
                aria-label={text.seeNamed(position)}
              >
                {text.see}
              </Link>
            </td>
          </tr>
        ))}
      </Table>
    </Card>
  );
}
