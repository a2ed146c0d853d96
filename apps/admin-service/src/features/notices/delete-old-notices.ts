import { byAge } from '../../platform/by-age.js';
import type { Database } from '../../platform/database.js';

const KEPT_DAYS = 400;
const PAGE_NOTICES = 2_000;

/**
 * Deletes notices older than 400 days with their deliveries, some at a time, so that no statement outgrows its time
 * limit however many there are. Looks at the oldest rows only: one that tells of an older moment than so many rows
 * before it goes when those go.
 *
 * @param signal ends it between two pages
 */
export async function deleteOldNotices(database: Database, signal?: AbortSignal): Promise<void> {
  for (;;) {
    let deleted = 0;
    await byAge(database, async (tx) => {
      deleted = (await tx.query(deletePage, [KEPT_DAYS, PAGE_NOTICES])).rowCount ?? 0;
    });
    if (deleted === 0 || signal?.aborted === true) return;
  }
}

const deletePage = `
  delete from keyfold.notices n
  where n.sequence in (
      select oldest.sequence
      from keyfold.notices oldest
      order by oldest.sequence
      limit $2::int
    )
    and n.occurred_at < now() - make_interval(days => $1::int)`;
