import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useMessages } from '../text/messages-context.js';
import { layout } from '../ui/layout.js';

/** The pages of "My settings". */
export function MyTabs(): ReactNode {
  const { mySettings: text } = useMessages();
  return (
    <nav className={layout.tabs} aria-label={text.title}>
      <Link to="/my/settings" activeProps={{ 'aria-current': 'page' }}>
        {text.account}
      </Link>
      <Link to="/my/keys" activeProps={{ 'aria-current': 'page' }}>
        {text.security}
      </Link>
      <Link to="/my/notices" activeProps={{ 'aria-current': 'page' }}>
        {text.notices}
      </Link>
    </nav>
  );
}
