import type { ReactNode } from 'react';
import type { Session } from '../api/types.gen.js';
import { useMessages } from '../text/messages-context.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { Table, tableStyles } from '../ui/table.js';
import { Ago, DateTime } from '../ui/time.js';

export interface SessionsTableProps {
  readonly sessions: readonly Session[];
  readonly isBusy: boolean;
  readonly onEnd: (sessionId: string) => void;
}

/** Where a person is signed in. The session that asks is marked, and is ended by signing out. */
export function SessionsTable({ sessions, isBusy, onEnd }: SessionsTableProps): ReactNode {
  const { mySettings: text } = useMessages();
  return (
    <Table
      label={text.sessions}
      columns={[
        { name: text.browser },
        { name: text.address },
        { name: text.lastSeen },
        { name: text.ends },
        { name: text.action, isHidden: true },
      ]}
    >
      {sessions.map((session) => {
        const browser = browserOf(session.userAgent) ?? text.unknownBrowser;
        return (
          <tr key={session.id}>
            <td className={tableStyles.main}>
              <bdi title={session.userAgent ?? ''}>{browser}</bdi>
            </td>
            <td>
              <bdi>{session.address}</bdi>
            </td>
            <td>
              <Ago at={session.lastSeenAt} />
            </td>
            <td>
              <DateTime at={session.expiresAt} />
            </td>
            <td className={tableStyles.end}>
              {session.current ? (
                <Badge tone="info">{text.thisOne}</Badge>
              ) : (
                <Button
                  size="small"
                  look="dangerQuiet"
                  aria-label={text.endNamed(browser, session.address)}
                  isDisabled={isBusy}
                  onPress={() => onEnd(session.id)}
                >
                  {text.end}
                </Button>
              )}
            </td>
          </tr>
        );
      })}
    </Table>
  );
}

/** "Chrome · Linux", for people; what is no browser is shown as it calls itself. */
function browserOf(userAgent: string | null): string | null {
  if (userAgent?.startsWith('Mozilla/') !== true) return userAgent;
  const name = ['Edg', 'OPR', 'Firefox', 'Chrome', 'Safari'].find((one) => userAgent.includes(`${one}/`));
  const system = ['Windows', 'Android', 'iPhone', 'iPad', 'Mac', 'Linux'].find((one) => userAgent.includes(one));
  const spoken = name === 'Edg' ? 'Edge' : name === 'OPR' ? 'Opera' : name;
  return spoken === undefined ? userAgent : [spoken, system].filter((part) => part !== undefined).join(' · ');
}
