import { useQuery } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { get } from '../../api/http.js';
import type { Page } from '../../api/queries.js';
import type { ApiKey } from '../../api/types.gen.js';
import { useMessages } from '../../text/messages-context.js';
import { Button } from '../../ui/button.js';
import { Card, Empty, Loading } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { Table, tableStyles } from '../../ui/table.js';
import { isLiving, KeyBadge, KeyExpiry, KeyName } from '../keys/key-state.js';

const PromiseKeyDialog = lazy(async () => ({ default: (await import('./promise-key-dialog.js')).PromiseKeyDialog }));
const RevokeDialog = lazy(async () => ({ default: (await import('../keys/revoke-dialog.js')).RevokeDialog }));

/** A person's keys, for whoever looks after them. */
export function UserKeysCard({ userId }: { readonly userId: string }): ReactNode {
  const { users: text, keys: keyText } = useMessages();
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const [isPromising, setIsPromising] = useState(false);
  const keys = useQuery({
    queryKey: ['api-keys', 'of', userId],
    queryFn: ({ signal }) => get<Page<ApiKey>>(`/v1/users/${userId}/api-keys?limit=200`, signal),
  });
  return (
    <Card
      title={text.keys}
      lead={text.keysLead}
      isFlush
      actions={
        <Button size="small" onPress={() => setIsPromising(true)}>
          {text.promise}
        </Button>
      }
    >
      <ProblemNotice error={keys.error} onRetry={() => void keys.refetch()} />
      {keys.data === undefined ? (
        keys.error === null && <Loading />
      ) : keys.data.items.length === 0 ? (
        <Empty title={text.noKeys}>{text.noKeysText}</Empty>
      ) : (
        <Table
          label={text.keys}
          columns={[
            { name: keyText.name },
            { name: text.status },
            { name: keyText.expiry },
            { name: keyText.revoke, isHidden: true },
          ]}
        >
          {keys.data.items.map((key) => (
            <tr key={key.id}>
              <td className={tableStyles.main}>
                <KeyName apiKey={key} />
              </td>
              <td>
                <KeyBadge apiKey={key} />
              </td>
              <td>
                <KeyExpiry apiKey={key} />
              </td>
              <td className={tableStyles.end}>
                {isLiving(key) && (
                  <Button
                    size="small"
                    look="dangerQuiet"
                    aria-label={keyText.revokeNamed(key.name ?? keyText.nameless(key.hint ?? ''))}
                    onPress={() => setRevoking(key)}
                  >
                    {keyText.revoke}
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
      <Suspense>
        {isPromising && <PromiseKeyDialog userId={userId} onClose={() => setIsPromising(false)} />}
        {revoking !== null && <RevokeDialog apiKey={revoking} onClose={() => setRevoking(null)} />}
      </Suspense>
    </Card>
  );
}
