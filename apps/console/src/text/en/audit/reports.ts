/** Reports of keys. */
export const reportsText = {
  title: 'Reports',
  lead: 'Counts of all API keys. No names: who a key belongs to is sealed in the log.',
  countedAt: 'Counted',
  again: 'Count again',
  noKeys: 'There are no API keys yet',
  noKeysText: 'The reports appear with the first key. The timeline shows what has happened so far.',
  csv: 'Download CSV',
  keys: 'Keys',
  share: 'Share',
  bar: 'Share as a bar',
  active: (total: string) => `${total} active keys in all`,
  age: {
    title: 'Active keys by age',
    lead: 'Since they were issued. An old key is one that nobody has rotated.',
    column: 'Age',
  },
  expiry: {
    title: 'Active keys by time to expiry',
    lead: 'Until they end by themselves, under the maximum lifetime in force.',
    column: 'Ends in',
  },
  /** `7 to 30 days`, `more than 90 days`. */
  days: (from: number, to: number | null) =>
    to === null
      ? `More than ${from} days`
      : from === 0
        ? `Up to ${to} ${to === 1 ? 'day' : 'days'}`
        : `${from} to ${to} days`,
  weeks: {
    title: 'Keys issued and revoked, by week',
    lead: 'Weeks begin on Monday, UTC. A bulk revocation counts every key that it revoked; rotation counts as an issue.',
    week: 'Week of',
    issued: 'Issued',
    revoked: 'Revoked',
    plot: 'Columns by week: keys issued above the line, keys revoked below it. The table has the numbers.',
    table: 'The numbers as a table',
    bar: (week: string, issued: string, revoked: string) => `Week of ${week}: ${issued} issued, ${revoked} revoked`,
  },
};
