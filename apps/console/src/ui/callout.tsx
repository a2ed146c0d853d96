import type { ReactNode } from 'react';
import styles from './callout.module.css';

export type Tone = 'info' | 'good' | 'warn' | 'bad';

export interface CalloutProps {
  readonly tone: Tone;
  readonly title?: string;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}

/** A sentence that must not be overlooked. One that is bad is announced at once. */
export function Callout({ tone, title, children, actions }: CalloutProps): ReactNode {
  return (
    <div className={`${styles.callout ?? ''} ${styles[tone] ?? ''}`} role={tone === 'bad' ? 'alert' : 'note'}>
      {title !== undefined && <p className={styles.title}>{title}</p>}
      {children !== undefined && <div>{children}</div>}
      {actions !== undefined && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}
