import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import type { CSSProperties, ReactNode } from 'react';
import { useMessages } from '../text/messages-context.js';
import { Button } from './button.js';
import { layout } from './layout.js';
import styles from './table.module.css';

export { styles as tableStyles };

export interface Column {
  readonly name: string;
  readonly isHidden?: boolean;
  readonly align?: 'number' | 'end';
}

export interface TableProps {
  readonly label: string;
  readonly columns: readonly Column[];
  /** It has only short figures, which fit a narrow screen as they are. */
  readonly isFigures?: boolean;
  readonly children: ReactNode;
}

/**
 * A plain table: links and buttons in it are reached by Tab, in the order of reading. On a narrow screen each row is a
 * card, and each cell says what its column is called. It scrolls by itself where it is too wide all the same.
 */
export function Table({ label, columns, isFigures = false, children }: TableProps): ReactNode {
  return (
    // Focusable, so that it can be scrolled without a mouse.
    <div className={styles.frame} tabIndex={0} role="region" aria-label={label}>
      <table className={isFigures ? styles.table : `${styles.table} ${styles.cards}`} style={columnNames(columns)}>
        <thead>
          <tr>
            {columns.map(({ name, isHidden = false, align }) => (
              <th key={name} scope="col" className={align === undefined ? undefined : styles[align]}>
                {isHidden ? <span className="visually-hidden">{name}</span> : name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

/** For the style sheet, which shows them in the cells; `none` generates nothing. */
function columnNames(columns: readonly Column[]): CSSProperties {
  const shown = ({ name, isHidden = false }: Column): string => (isHidden ? 'none' : JSON.stringify(name));
  return Object.fromEntries(columns.map((column, index) => [`--column-${index + 1}`, shown(column)]));
}

export interface MoreProps {
  readonly list: Pick<UseInfiniteQueryResult, 'fetchNextPage' | 'hasNextPage' | 'isFetchingNextPage'>;
  readonly shown: number;
}

/** The foot of a list that comes in pages. */
export function More({ list, shown }: MoreProps): ReactNode {
  const { common } = useMessages();
  return (
    <div className={layout.cardFoot}>
      <span className={layout.small}>{common.shown(shown, list.hasNextPage)}</span>
      {list.hasNextPage && (
        <Button size="small" isBusy={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
          {common.more}
        </Button>
      )}
    </div>
  );
}
