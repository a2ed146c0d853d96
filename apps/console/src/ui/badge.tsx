import type { ReactNode } from 'react';
import styles from './badge.module.css';

export type BadgeTone = 'good' | 'warn' | 'bad' | 'info' | 'plain';

/** A state in a word. Its colour never says more than the word does. */
export function Badge({ tone, children }: { readonly tone: BadgeTone; readonly children: ReactNode }): ReactNode {
  return <span className={`${styles.badge ?? ''} ${styles[tone] ?? ''}`}>{children}</span>;
}

export function Tags({ of: names }: { readonly of: readonly string[] }): ReactNode {
  return (
    <span className={styles.tags}>
      {names.map((name) => (
        <span key={name} className={styles.tag}>
          <bdi>{name}</bdi>
        </span>
      ))}
    </span>
  );
}
