import type { ReactNode } from 'react';
import { useMessages } from '../text/messages-context.js';
import styles from './layout.module.css';

export { styles as layout };

export interface PageProps {
  readonly title: string;
  readonly lead?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** One page: its title in the browser and as the one h1, what it is for, what can be done on it. */
export function Page({ title, lead, actions, children }: PageProps): ReactNode {
  return (
    <>
      <title>{`${title} · Keyfold`}</title>
      <header className={styles.header}>
        <div>
          <h1>{title}</h1>
          {lead !== undefined && <p className={styles.lead}>{lead}</p>}
        </div>
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </header>
      <div className={styles.sections}>{children}</div>
    </>
  );
}

export interface CardProps {
  /** For links to it. */
  readonly id?: string;
  readonly title?: ReactNode;
  readonly lead?: ReactNode;
  readonly actions?: ReactNode;
  readonly foot?: ReactNode;
  /** For content that has its own edges, such as a table. */
  readonly isFlush?: boolean;
  readonly children: ReactNode;
}

export function Card({ id, title, lead, actions, foot, isFlush = false, children }: CardProps): ReactNode {
  return (
    <section id={id} className={styles.card}>
      {title !== undefined && (
        <div className={styles.cardHead}>
          <div>
            <h2>{title}</h2>
            {lead !== undefined && <p className={styles.cardLead}>{lead}</p>}
          </div>
          {actions !== undefined && <div className={styles.actions}>{actions}</div>}
        </div>
      )}
      {isFlush ? children : <div className={styles.cardBody}>{children}</div>}
      {foot !== undefined && <div className={styles.cardFoot}>{foot}</div>}
    </section>
  );
}

export interface EmptyProps {
  readonly title: string;
  /** What to do next; undefined while that is not known. */
  readonly children: ReactNode;
  readonly action?: ReactNode;
}

/** A list without entries says what to do next. */
export function Empty({ title, children, action }: EmptyProps): ReactNode {
  return (
    <div className={styles.empty}>
      <p>
        <strong>{title}</strong>
      </p>
      {children !== undefined && <p className={styles.emptyText}>{children}</p>}
      {action}
    </div>
  );
}

export function Loading(): ReactNode {
  const { common } = useMessages();
  return (
    <div className={styles.skeleton} role="status" aria-label={common.loading}>
      <span />
      <span />
      <span />
    </div>
  );
}

/** Terms and what they are for this thing. */
export function Facts({ of: facts }: { readonly of: readonly (readonly [string, ReactNode])[] }): ReactNode {
  return (
    <dl className={styles.facts}>
      {facts.map(([term, value]) => (
        <div key={term} style={{ display: 'contents' }}>
          <dt>{term}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
