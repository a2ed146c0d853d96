import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { call, get } from '../../api/http.js';
import type { Page } from '../../api/queries.js';
import type { ApiKey } from '../../api/types.gen.js';
import { useAction } from '../../app/use-action.js';
import { useMessages } from '../../text/messages-context.js';
import { Button } from '../../ui/button.js';
import { Card, Empty, Loading } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { Table, tableStyles } from '../../ui/table.js';
import { useAnnounce } from '../../ui/toast.js';
import { isLiving, KeyBadge, KeyExpiry, KeyName } from '../keys/key-state.js';
import { RevokeDialog } from '../keys/revoke-dialog.js';

/** A person's keys, for whoever looks after them. */
export function UserKeysCard({ userId }: { readonly userId: string }): ReactNode {
  const { users: text, keys: keyText } = useMessages();
  const queries = useQueryClient();
  const announce = useAnnounce();
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const keys = useQuery({
    queryKey: ['api-keys', 'of', userId],
    queryFn: ({ signal }) => get<Page<ApiKey>>(`/v1/users/${userId}/api-keys?limit=200`, signal),
  });
  const promise = useAction(
    () => call('POST', `/v1/users/${userId}/api-keys`, { body: {} }),
    () => {
      announce(text.promised);
      void queries.invalidateQueries({ queryKey: ['api-keys'] });
    },
  );
  return (
    <Card
      title={text.keys}
      lead={text.keysLead}
      isFlush
      actions={
        <Button size="small" isBusy={promise.isBusy} onPress={() => promise.start()}>
          {text.promise}
        </Button>
      }
    >
      <ProblemNotice error={keys.error ?? promise.error} />
      {keys.data === undefined ? (
        keys.error === null && <Loading />
      ) : keys.data.items.length === 0 ? (
        <Empty title={text.noKeys} />
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
      {revoking !== null && <RevokeDialog apiKey={revoking} onClose={() => setRevoking(null)} />}
    </Card>
  );
}
