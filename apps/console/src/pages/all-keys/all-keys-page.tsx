import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { listQuery } from '../../api/queries.js';
import type { ApiKey } from '../../api/types.gen.js';
import { useMay } from '../../app/access.js';
import { useMessages } from '../../text/messages-context.js';
import { Button } from '../../ui/button.js';
import { Card, Empty, Loading, Page } from '../../ui/layout.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { More } from '../../ui/table.js';
import { isLiving } from '../keys/key-state.js';
import { BulkRevokeDialog } from './bulk-revoke-dialog.js';
import { CsvButton } from './csv-button.js';
import { Filters, parametersOf } from './filters.js';
import { KeyTable } from './key-table.js';
import { UnusedRevokeDialog } from './unused-revoke-dialog.js';
import styles from './all-keys.module.css';

const route = getRouteApi('/shell/api-keys');

/**
 * Every key that one looks after. What is searched for stands in the address; what is chosen outlives a change of the
 * filters.
 */
export function AllKeysPage(): ReactNode {
  const { allKeys: text } = useMessages();
  const mayManage = useMay()('api-keys.manage');
  const search = route.useSearch();
  const [chosen, setChosen] = useState<ReadonlyMap<string, ApiKey>>(new Map());
  const [open, setOpen] = useState<'chosen' | 'unused' | null>(null);
  // Made once for a search: "within 7 days" must not be another list, with another cache, at each rendering.
  const [parameters, setParameters] = useState(() => ({ of: search, are: parametersOf(search) }));
  if (parameters.of !== search) setParameters({ of: search, are: parametersOf(search) });
  const list = useInfiniteQuery({
    ...listQuery<ApiKey>('api-keys', '/v1/api-keys', parameters.are),
    placeholderData: keepPreviousData,
  });
  const keys = list.data?.pages.flatMap(({ items }) => items);
  const choose = (some: readonly ApiKey[], isChosen: boolean): void => {
    const next = new Map(chosen);
    for (const key of some)
      if (isChosen) next.set(key.id, key);
      else next.delete(key.id);
    setChosen(next);
  };
  const actions = (
    <>
      {mayManage && <Button onPress={() => setOpen('unused')}>{text.bulk}</Button>}
      <CsvButton parameters={parameters.are} />
    </>
  );
  return (
    <Page title={text.title} lead={text.lead} actions={actions}>
      <Filters />
      <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />
      {chosen.size > 0 && (
        <div className={styles.selection} role="status">
          <strong>{text.chosen(chosen.size)}</strong>
          <Button size="small" look="quiet" onPress={() => setChosen(new Map())}>
            {text.chooseNone}
          </Button>
          <Button size="small" look="danger" onPress={() => setOpen('chosen')}>
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
              <KeyTable keys={keys} chosen={chosen} {...(mayManage && { onChoose: choose })} />
              <More shown={keys.length} list={list} />
            </>
          )}
        </Card>
      )}
      {open === 'chosen' && (
        <BulkRevokeDialog
          keys={[...chosen.values()].filter(isLiving)}
          onClose={(isDone) => {
            setOpen(null);
            if (isDone) setChosen(new Map());
          }}
        />
      )}
      {open === 'unused' && <UnusedRevokeDialog onClose={() => setOpen(null)} />}
    </Page>
  );
}
