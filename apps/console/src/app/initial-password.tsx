import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useMessages } from '../text/messages-context.js';
import { useMe } from './access.js';
import styles from './shell.module.css';

const POSTPONED = 'keyfold.initial-password-later';

/**
 * Asks the first administrator for a password of their own, on every page until there is one; "Later" is for this tab.
 */
export function InitialPassword(): ReactNode {
  const { mySettings: text } = useMessages();
  const { initialPassword } = useMe();
  const [isPostponed, setIsPostponed] = useState(() => sessionStorage.getItem(POSTPONED) !== null);
  if (!initialPassword || isPostponed) return null;
  return (
    <aside className={styles.notice} aria-label={text.initialPassword}>
      <p>
        <strong>{text.initialPassword}.</strong> {text.initialPasswordText}
      </p>
      <span>
        <Link to="/my/settings" hash="password">
          {text.choosePassword}
        </Link>
        <button
          type="button"
          onClick={() => {
            sessionStorage.setItem(POSTPONED, 'yes');
            setIsPostponed(true);
          }}
        >
          {text.later}
        </button>
      </span>
    </aside>
  );
}
