import { useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components/Button';
import { Dialog } from 'react-aria-components/Dialog';
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { Popover } from 'react-aria-components/Popover';
import { signOut } from '../api/session.js';
import { useMessages } from '../text/messages-context.js';
import { buttonClass } from '../ui/button.js';
import { Loading } from '../ui/layout.js';
import mark from '../ui/mark.svg';
import { useMay, useMe } from './access.js';
import { Icon } from './icons.js';
import { navigationFor } from './navigation.js';
import { SessionDialog } from './session-dialog.js';
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
        <AriaButton
          aria-label={nav.menu}
          className={`${buttonClass('quiet', 'small')} ${styles.menuButton ?? ''}`}
          onPress={() => setIsDrawerOpen(true)}
        >
          <Icon name="menu" />
        </AriaButton>
        <PersonMenu />
      </header>
      <ModalOverlay isOpen={isDrawerOpen} onOpenChange={setIsDrawerOpen} isDismissable className={styles.drawer ?? ''}>
        <Modal className={styles.drawerPanel ?? ''}>
          <Dialog aria-label={nav.menu}>
            <SideBar />
          </Dialog>
        </Modal>
      </ModalOverlay>
      <main id="main" ref={main} tabIndex={-1} className={styles.main} style={{ outline: 'none' }}>
        <div>
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        </div>
      </main>
      <SessionDialog />
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
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

function PersonMenu(): ReactNode {
  const { nav } = useMessages();
  const me = useMe();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const name = me.displayName ?? me.username ?? me.id;
  const leave = async (): Promise<void> => {
    await signOut();
    queries.clear();
    // A fresh document: nothing of this person stays in memory.
    location.assign('/console/');
  };
  return (
    <MenuTrigger>
      <AriaButton className={styles.person ?? ''}>
        <span className={styles.avatar} aria-hidden="true">
          {String.fromCodePoint(name.codePointAt(0) ?? 0x3f).toUpperCase()}
        </span>
        <bdi className={styles.personName}>{name}</bdi>
      </AriaButton>
      <Popover placement="bottom end">
        <Menu
          className={styles.menu ?? ''}
          aria-label={nav.personMenu}
          onAction={(action) => {
            if (action === 'settings') void navigate({ to: '/my/settings' });
            else void leave();
          }}
        >
          <MenuItem id="settings" className={styles.menuItem ?? ''}>
            {nav.mySettings}
          </MenuItem>
          <MenuItem id="sign-out" className={styles.menuItem ?? ''}>
            {nav.signOut}
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
