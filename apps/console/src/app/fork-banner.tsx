import { useQuery } from '@tanstack/react-query';
import { Link, useRouterState } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { serviceNow } from '../api/clock.js';
import { forksQuery } from '../api/queries.js';
import type { LogForks } from '../api/types.gen.js';
import type { Messages } from '../text/en.js';
import { useMessages } from '../text/messages-context.js';
import { useMay } from './access.js';
import styles from './shell.module.css';

/** Longer than it takes until writes are confirmed again, also if the service was down for a while. */
const RECENT_MS = 24 * 3_600_000;

/** Says on every page that the log has forked, to those who may know: until then every change of theirs just fails. */
export function ForkBanner(): ReactNode {
  return useMay()('settings.read') ? <Banner /> : null;
}

function Banner(): ReactNode {
  const { forkBanner: text } = useMessages();
  const { data } = useQuery(forksQuery);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const state = data === undefined ? null : forkState(data);
  // The page of forks says it itself, and more of it.
  if (data === undefined || state === null || path.endsWith('/forks')) return null;
  return (
    <aside
      className={`${styles.notice ?? ''} ${state === 'standing' ? (styles.alarm ?? '') : ''}`}
      aria-label={text.open}
    >
      <p role={state === 'standing' ? 'alert' : undefined}>
        <strong>{titleOf(state, data, text)}</strong> {text[`${state}Text`]}
      </p>
      <span>
        <Link to="/forks">{text.open}</Link>
      </span>
    </aside>
  );
}

export type ForkState = 'standing' | 'restarting' | 'unconfirmed';

/** What is to be said of a fork; null where the log goes on as ever. */
export function forkState({ acknowledged, confirms, fork, origin }: LogForks): ForkState | null {
  if (fork !== null) return 'standing';
  if (acknowledged.some(({ previousOrigin }) => previousOrigin === origin)) return 'restarting';
  // Later it is for another reason, such as a failover that lost nothing.
  const isRecent = serviceNow() - Date.parse(acknowledged[0]?.acknowledgedAt ?? '') < RECENT_MS;
  return isRecent && !confirms ? 'unconfirmed' : null;
}

function titleOf(state: ForkState, { fork }: LogForks, text: Messages['forkBanner']): string {
  return state === 'standing' ? text.standing(fork?.position ?? 0) : text[state];
}
