import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { listQuery } from '../../api/queries.js';
import type { ApiKey } from '../../api/types.gen.js';
import { useMay } from '../../app/access.js';
import { useMessages } from '../../text/messages-context.js';
import { Button } from '../../ui/button.js';
import { Checkbox, Select } from '../../ui/choices.js';
import { Card, Empty, Loading, Page } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { SearchField } from '../../ui/search-field.js';
import { More, Table, tableStyles } from '../../ui/table.js';
import { Ago } from '../../ui/time.js';
import { isLiving, KeyBadge, KeyExpiry, KeyName } from '../keys/key-state.js';
import { RevokeDialog } from '../keys/revoke-dialog.js';
import { BulkRevokeDialog } from './bulk-revoke-dialog.js';
import styles from './all-keys.module.css';

const route = getRouteApi('/shell/api-keys');

/** Every key that one looks after. What is searched for stands in the address. */
export function AllKeysPage(): ReactNode {
  const { allKeys: text } = useMessages();
  const may = useMay();
  const search = route.useSearch();
  const [chosen, setChosen] = useState<ReadonlyMap<string, ApiKey>>(new Map());
  const [isRevoking, setIsRevoking] = useState(false);
  const list = useInfiniteQuery({
    ...listQuery<ApiKey>('api-keys', '/v1/api-keys', { ...search }),
    placeholderData: keepPreviousData,
  });
  const keys = list.data?.pages.flatMap(({ items }) => items);
  const choose = (key: ApiKey, isChosen: boolean): void => {
    const next = new Map(chosen);
    if (isChosen) next.set(key.id, key);
    else next.delete(key.id);
    setChosen(next);
  };
  return (
    <Page title={text.title} lead={text.lead}>
      <Filters />
      <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />
      {chosen.size > 0 && (
        <div className={styles.selection} role="status">
          <strong>{text.chosen(chosen.size)}</strong>
          <Button size="small" look="quiet" onPress={() => setChosen(new Map())}>
            {text.chooseNone}
          </Button>
          <Button size="small" look="danger" onPress={() => setIsRevoking(true)}>
            {text.revokeChosen}
          </Button>
        </div>
      )}
      {keys === undefined ? (
        list.error === null && <Loading />
      ) : (
        <Card isFlush>
          {keys.length === 0 ? (
            <Empty title={text.none}>{text.noneText}</Empty>
          ) : (
            <>
              <KeyTable keys={keys} chosen={chosen} mayChoose={may('api-keys.manage')} onChoose={choose} />
              <More shown={keys.length} list={list} />
            </>
          )}
        </Card>
      )}
      {isRevoking && (
        <BulkRevokeDialog
          keys={[...chosen.values()]}
          onClose={(isDone) => {
            setIsRevoking(false);
            if (isDone) setChosen(new Map());
          }}
        />
      )}
    </Page>
  );
}

interface KeyTableProps {
  readonly keys: readonly ApiKey[];
  readonly chosen: ReadonlyMap<string, ApiKey>;
  readonly mayChoose: boolean;
  readonly onChoose: (key: ApiKey, isChosen: boolean) => void;
}

function KeyTable({ keys, chosen, mayChoose, onChoose }: KeyTableProps): ReactNode {
  const { allKeys: text, keys: keyText } = useMessages();
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const nameOf = (key: ApiKey): string => key.name ?? keyText.nameless(key.hint ?? '');
  return (
    <>
      <Table
        label={text.title}
        columns={[
          ...(mayChoose ? [{ name: text.choose, isHidden: true }] : []),
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
            {mayChoose && (
              <td>
                {isLiving(key) && (
                  <Checkbox
                    aria-label={text.chooseNamed(nameOf(key))}
                    label=""
                    isSelected={chosen.has(key.id)}
                    onChange={(isChosen) => onChoose(key, isChosen)}
                  />
                )}
              </td>
            )}
            <td className={tableStyles.main}>
              <KeyName apiKey={key} />
              {key.hint !== null && key.name !== null && <small>…{key.hint}</small>}
            </td>
            <td>
              <Link to="/users/$userId" params={{ userId: key.userId }}>
                <bdi>{key.username ?? key.userId}</bdi>
              </Link>
            </td>
            <td>
              <KeyBadge apiKey={key} />
            </td>
            <td>
              <KeyExpiry apiKey={key} />
            </td>
            <td>{key.lastUsedAt === null ? keyText.neverUsed : <Ago at={key.lastUsedAt} />}</td>
            <td className={tableStyles.end}>
              {isLiving(key) && (
                <Button
                  size="small"
                  look="dangerQuiet"
                  aria-label={keyText.revokeNamed(nameOf(key))}
                  onPress={() => setRevoking(key)}
                >
                  {keyText.revoke}
                </Button>
              )}
            </td>
          </tr>
        ))}
      </Table>
      {revoking !== null && <RevokeDialog apiKey={revoking} onClose={() => setRevoking(null)} />}
    </>
  );
}

function Filters(): ReactNode {
  const { allKeys: text } = useMessages();
  const search = route.useSearch();
  const navigate = useNavigate();
  const set = (name: keyof typeof search, value: string): void => {
    void navigate({ to: '/api-keys', search: { ...search, [name]: value === '' ? undefined : value }, replace: true });
  };
  return (
    <search className={tableStyles.tools}>
      <SearchField label={text.search} value={search.query ?? ''} onSearch={(value) => set('query', value)} />
      <Select
        label={text.state}
        value={search.status ?? ''}
        onChange={(value) => set('status', value)}
        options={[['', text.anyState], ...Object.entries(text.statuses)]}
      />
      <Select
        label={text.sort}
        value={search.sort ?? ''}
        onChange={(value) => set('sort', value)}
        options={Object.entries(text.sorts)}
      />
    </search>
  );
}
