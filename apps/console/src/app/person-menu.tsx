import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useRef } from 'react';
import { Problem } from '../api/http.js';
import { signOut } from '../api/session.js';
import { useMessages } from '../text/messages-context.js';
import { sentenceOf } from '../text/problem-text.js';
import { menuItemsOf, moveInMenu } from '../ui/menu-keys.js';
import { useAnnounce } from '../ui/toast.js';
import { useMe } from './access.js';
import styles from './shell.module.css';

const ID = 'person-menu';

/**
 * Who is signed in, and what concerns them. The browser's own popover: it closes by Escape and by a press elsewhere,
 * gives the focus back, and
 * costs the first page no library.
 */
export function PersonMenu(): ReactNode {
  const messages = useMessages();
  const { nav } = messages;
  const announce = useAnnounce();
  const me = useMe();
  const queries = useQueryClient();
  const menu = useRef<HTMLDivElement>(null);
  const name = me.displayName ?? me.username ?? me.id;
  const leave = async (): Promise<void> => {
    try {
      await signOut();
    } catch (error) {
      // The session goes on, and whoever is about to walk away must know that.
      announce(error instanceof Problem ? sentenceOf(error, messages) : messages.problems.unexpected);
      return;
    }
    queries.clear();
    // A fresh document: nothing of this person stays in memory.
    location.assign('/console/');
  };
  return (
    <>
      <button type="button" className={styles.person} aria-haspopup="menu" popoverTarget={ID}>
        <span className={styles.avatar} aria-hidden="true">
          {String.fromCodePoint(name.codePointAt(0) ?? 0x3f).toUpperCase()}
        </span>
        <bdi className={styles.personName}>{name}</bdi>
      </button>
      <div
        ref={menu}
        id={ID}
        popover="auto"
        role="menu"
        aria-label={nav.personMenu}
        className={styles.menu}
        onToggle={({ newState }) => {
          if (newState === 'open') menuItemsOf(menu.current)[0]?.focus();
        }}
        onKeyDown={moveInMenu}
      >
        <Link
          to="/my/settings"
          role="menuitem"
          tabIndex={-1}
          className={styles.menuItem}
          onClick={() => menu.current?.hidePopover()}
        >
          {nav.mySettings}
        </Link>
        <button type="button" role="menuitem" tabIndex={-1} className={styles.menuItem} onClick={() => void leave()}>
          {nav.signOut}
        </button>
      </div>
    </>
  );
}
