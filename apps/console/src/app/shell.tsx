import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { unreadNoticesQuery } from '../api/queries.js';
import { useMessages } from '../text/messages-context.js';
import { buttonClass } from '../ui/button.js';
import { Loading } from '../ui/layout.js';
import mark from '../ui/mark.svg';
import { useMay } from './access.js';
import { Drawer } from './drawer.js';
import { ForkBanner } from './fork-banner.js';
import { Icon } from './icons.js';
import { InitialPassword } from './initial-password.js';
import { navigationFor } from './navigation.js';
import { PersonMenu } from './person-menu.js';
import { SessionGuard } from './session-guard.js';
import styles from './shell.module.css';

/** Everything around a page, for whoever is signed in. */
export function Shell(): ReactNode {
  const { nav } = useMessages();
  const [isDrawerOpen, setIsDrawerOpen] = useState(false);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const main = useRef<HTMLElement>(null);
  const seen = useRef(path);
  useEffect(() => {
    if (seen.current === path) return;
    seen.current = path;
    setIsDrawerOpen(false);
    // A screen reader starts at the new page and not at the link that is gone.
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [path]);
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#main">
        {nav.skip}
      </a>
      <SideBar />
      <header className={styles.top}>
        <button
          type="button"
          aria-label={nav.menu}
          className={`${buttonClass('quiet', 'small')} ${styles.menuButton ?? ''}`}
          onClick={() => setIsDrawerOpen(true)}
        >
          <Icon name="menu" />
        </button>
        <PersonMenu />
      </header>
      <Drawer label={nav.menu} isOpen={isDrawerOpen} onClose={() => setIsDrawerOpen(false)}>
        <SideBar />
      </Drawer>
      <main id="main" ref={main} tabIndex={-1} className={styles.main} style={{ outline: 'none' }}>
        <div>
          <ForkBanner />
          <InitialPassword />
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        </div>
      </main>
      <SessionGuard />
    </div>
  );
}

function SideBar(): ReactNode {
  const messages = useMessages();
  const groups = navigationFor(useMay(), messages);
  return (
    <nav className={styles.side} aria-label={messages.nav.label}>
      <Link to="/" className={styles.brand}>
        <img src={mark} alt="" />
        Keyfold
      </Link>
      {groups.map(({ label, links }) => (
        <div key={label} className={styles.group}>
          <p className={styles.groupName}>{label}</p>
          <ul>
            {links.map((link) => (
              <li key={link.to}>
                <Link to={link.to} className={styles.link} activeProps={{ 'aria-current': 'page' }}>
                  <Icon name={link.icon} />
                  {link.label}
                  {link.to === '/my/notices' && <Unread />}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

/** How many notices wait, beside the link to them. */
function Unread(): ReactNode {
  const { notices: text } = useMessages();
  const { data } = useQuery(unreadNoticesQuery);
  if (data === undefined || data.items.length === 0) return null;
  return (
    <span className={styles.unread}>
      <span aria-hidden="true">{data.nextCursor === null ? data.items.length : `${data.items.length}+`}</span>
      <span className="visually-hidden"> {text.unreadCount(data.items.length, data.nextCursor !== null)}</span>
    </span>
  );
}
