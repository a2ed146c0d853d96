import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { ApiKey } from '../../api/types.gen.js';
import { useMay } from '../../app/access.js';
import { useMessages } from '../../text/messages-context.js';
import { Button } from '../../ui/button.js';
import { Checkbox } from '../../ui/choices.js';
import { Table, tableStyles } from '../../ui/table.js';
import { Ago } from '../../ui/time.js';
import { isLiving, KeyBadge, KeyExpiry, KeyName } from '../keys/key-state.js';
import { RevokeDialog } from '../keys/revoke-dialog.js';
import styles from './all-keys.module.css';

export interface KeyTableProps {
  readonly keys: readonly ApiKey[];
  readonly chosen: ReadonlyMap<string, ApiKey>;
  /** Missing for who may not revoke several at once. */
  readonly onChoose?: (keys: readonly ApiKey[], isChosen: boolean) => void;
}

export function KeyTable({ keys, chosen, onChoose }: KeyTableProps): ReactNode {
  const { allKeys: text, keys: keyText } = useMessages();
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const living = keys.filter(isLiving);
  return (
    <>
      {onChoose !== undefined && living.length > 0 && (
        <div className={styles.chooseAll}>
          <Checkbox
            label={text.chooseAll}
            isSelected={living.every(({ id }) => chosen.has(id))}
            isIndeterminate={living.some(({ id }) => chosen.has(id)) && !living.every(({ id }) => chosen.has(id))}
            onChange={(isChosen) => onChoose(living, isChosen)}
          />
        </div>
      )}
      <Table
        label={text.title}
        columns={[
          ...(onChoose === undefined ? [] : [{ name: text.choose, isHidden: true }]),
          { name: text.key },
          { name: text.owner },
          { name: text.state },
          { name: text.expiry },
          { name: text.lastUse },
          { name: keyText.revoke, isHidden: true },
        ]}
      >
        {keys.map((key) => (
          <tr key={key.id}>
            {onChoose !== undefined && (
              <td className={tableStyles.choose}>
                {isLiving(key) && (
                  <Checkbox
                    aria-label={text.chooseNamed(key.name ?? keyText.nameless(key.hint ?? ''))}
                    label=""
                    isSelected={chosen.has(key.id)}
                    onChange={(isChosen) => onChoose([key], isChosen)}
                  />
                )}
              </td>
            )}
            <KeyCells apiKey={key} onRevoke={() => setRevoking(key)} />
          </tr>
        ))}
      </Table>
      {revoking !== null && <RevokeDialog apiKey={revoking} onClose={() => setRevoking(null)} />}
    </>
  );
}

interface KeyCellsProps {
  readonly apiKey: ApiKey;
  readonly onRevoke: () => void;
}

function KeyCells({ apiKey, onRevoke }: KeyCellsProps): ReactNode {
  const { keys: text } = useMessages();
  return (
    <>
      <td className={tableStyles.main}>
        <KeyName apiKey={apiKey} />
        {apiKey.hint !== null && apiKey.name !== null && <small>…{apiKey.hint}</small>}
      </td>
      <td>
        <Owner apiKey={apiKey} />
      </td>
      <td>
        <KeyBadge apiKey={apiKey} />
      </td>
      <td>
        <KeyExpiry apiKey={apiKey} />
      </td>
      <td>{apiKey.lastUsedAt === null ? text.neverUsed : <Ago at={apiKey.lastUsedAt} />}</td>
      <td className={tableStyles.end}>
        {isLiving(apiKey) && (
          <Button
            size="small"
            look="dangerQuiet"
            aria-label={text.revokeNamed(apiKey.name ?? text.nameless(apiKey.hint ?? ''))}
            onPress={onRevoke}
          >
            {text.revoke}
          </Button>
        )}
      </td>
    </>
  );
}

/** A supervisor sees the keys, but may not see the page of a user. */
function Owner({ apiKey: { userId, username } }: { readonly apiKey: ApiKey }): ReactNode {
  const may = useMay();
  const name = <bdi>{username ?? userId}</bdi>;
  if (!may('users.read')) return name;
  return (
    <Link to="/users/$userId" params={{ userId }}>
      {name}
    </Link>
  );
}
