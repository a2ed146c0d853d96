import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { serviceNow } from '../../api/clock.js';
import type { AllKeysSearch } from '../../app/all-keys-search.js';
import { useMessages } from '../../text/messages-context.js';
import { buttonClass } from '../../ui/button.js';
import { Select } from '../../ui/choices.js';
import { SearchField } from '../../ui/search-field.js';
import { tableStyles } from '../../ui/table.js';

const route = getRouteApi('/shell/api-keys');

const DAY_MS = 86_400_000;
const ENDING_DAYS = [1, 7, 30];
const UNUSED_DAYS = [30, 90];

/** What the API takes for a search: its days are counted from now. */
export function parametersOf({ ending, unused, ...rest }: AllKeysSearch): Readonly<Record<string, string | undefined>> {
  const unusedSince = unused === undefined ? undefined : daysFromNow(-Number(unused));
  return {
    ...rest,
    expiresBefore: ending === undefined ? undefined : daysFromNow(Number(ending)),
    unusedSince,
    // A key that has not been there for so long is not unused for so long.
    createdBefore: unusedSince,
  };
}

function daysFromNow(days: number): string | undefined {
  return Number.isFinite(days) ? new Date(serviceNow() + days * DAY_MS).toISOString() : undefined;
}

export function Filters(): ReactNode {
  const { allKeys: text } = useMessages();
  const search = route.useSearch();
  const navigate = useNavigate();
  const set = (name: keyof AllKeysSearch) => (value: string) => {
    void navigate({ to: '/api-keys', search: { ...search, [name]: value === '' ? undefined : value }, replace: true });
  };
  return (
    <search className={tableStyles.tools}>
      <SearchField label={text.search} value={search.query ?? ''} onSearch={set('query')} />
      <Select
        label={text.state}
        value={search.status ?? ''}
        onChange={set('status')}
        options={[['', text.anyState], ...Object.entries(text.statuses)]}
      />
      <Select
        label={text.ending}
        value={search.ending ?? ''}
        onChange={set('ending')}
        options={[['', text.anyEnding], ...ENDING_DAYS.map((days) => [String(days), text.endingWithin(days)] as const)]}
      />
      <Select
        label={text.unused}
        value={search.unused ?? ''}
        onChange={set('unused')}
        options={[['', text.anyUse], ...UNUSED_DAYS.map((days) => [String(days), text.unusedFor(days)] as const)]}
      />
      <Select label={text.sort} value={search.sort ?? ''} onChange={set('sort')} options={Object.entries(text.sorts)} />
      {search.userId !== undefined && (
        <Link to="/api-keys" search={{ ...search, userId: undefined }} className={buttonClass('secondary')}>
          {text.allUsers}
        </Link>
      )}
    </search>
  );
}
