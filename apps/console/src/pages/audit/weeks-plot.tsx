import type { ReactNode } from 'react';
import type { KeyReport } from '../../api/types.gen.js';
import { useAuditMessages } from '../../text/audit-messages.js';
import { useLanguage } from '../../text/messages-context.js';
import { localTime } from '../../ui/time.js';
import styles from './reports.module.css';

/** Of one column, in units of the drawing, which is stretched to the width of the card. */
const STEP = 10;
const COLUMN = 7;
const HEIGHT = 100;

/** A column for each week: issued above the line, revoked below it, so that neither is told by colour alone. */
export function WeeksPlot({ weeks }: { readonly weeks: KeyReport['weeks'] }): ReactNode {
  const { weeks: text } = useAuditMessages().reports;
  const language = useLanguage();
  const numbers = new Intl.NumberFormat(language);
  const dayOf = (start: string): string => localTime(`${start}T12:00:00Z`, language, true);
  const [issued, revoked] = [
    Math.max(0, ...weeks.map((week) => week.issued)),
    Math.max(0, ...weeks.map((week) => week.revoked)),
  ];
  const scale = HEIGHT / Math.max(1, issued + revoked);
  const line = issued * scale;
  return (
    <figure className={styles.plot}>
      <div className={styles.scale} aria-hidden="true">
        <span>{`${text.issued} ↑ ${numbers.format(issued)}`}</span>
        <span>{`${text.revoked} ↓ ${numbers.format(revoked)}`}</span>
      </div>
      <svg
        role="img"
        aria-label={text.plot}
        viewBox={`0 0 ${weeks.length * STEP} ${HEIGHT}`}
        preserveAspectRatio="none"
        className={styles.columns}
      >
        {weeks.map((week, index) => (
          <g key={week.start} className={styles.week}>
            <title>{text.bar(dayOf(week.start), numbers.format(week.issued), numbers.format(week.revoked))}</title>
            <rect className={styles.reach} x={index * STEP} width={STEP} height={HEIGHT} />
            <rect
              className={styles.issued}
              x={index * STEP + (STEP - COLUMN) / 2}
              width={COLUMN}
              y={line - week.issued * scale}
              height={week.issued * scale}
            />
            <rect
              className={styles.revoked}
              x={index * STEP + (STEP - COLUMN) / 2}
              width={COLUMN}
              y={line}
              height={week.revoked * scale}
            />
          </g>
        ))}
        <line className={styles.zero} x2={weeks.length * STEP} y1={line} y2={line} />
      </svg>
      <div className={styles.axis} aria-hidden="true">
        <span>{dayOf(weeks[0]?.start ?? '')}</span>
        <span>{dayOf(weeks.at(-1)?.start ?? '')}</span>
      </div>
    </figure>
  );
}
