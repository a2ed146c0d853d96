import { Readable } from 'node:stream';
import { csvLine } from '../../http/csv.js';
import type { ApiKeyRecord } from '../../tables/api-key-queries.js';
import type { RecordPage } from '../../tables/page.js';
import { type ApiKeyResource, resourceOfKey } from './api-key-resource.js';

type Cell = string | number | boolean | null;

/** The members of a key in the order of the columns; lists are separated by blanks, which none of their entries has. */
const COLUMNS: Readonly<Record<string, (key: ApiKeyResource) => Cell>> = {
  id: ({ id }) => id,
  userId: ({ userId }) => userId,
  username: ({ username }) => username,
  name: ({ name }) => name,
  status: ({ status }) => status,
  hint: ({ hint }) => hint,
  createdAt: ({ createdAt }) => createdAt,
  createdBy: ({ createdBy }) => createdBy,
  expiresAt: ({ expiresAt }) => expiresAt,
  effectiveExpiresAt: ({ effectiveExpiresAt }) => effectiveExpiresAt,
  effectiveExpiryBoundBy: ({ effectiveExpiryBoundBy }) => effectiveExpiryBoundBy,
  accepted: ({ acceptance }) => acceptance.allowed,
  refusalReason: ({ acceptance }) => acceptance.reason,
  readOnly: ({ readOnly }) => readOnly,
  scopes: ({ scopes }) => scopes.join(' '),
  allowedIpRanges: ({ allowedIpRanges }) => allowedIpRanges?.join(' ') ?? null,
  rateLimitRequests: ({ rateLimit }) => rateLimit?.requests ?? null,
  rateLimitSeconds: ({ rateLimit }) => rateLimit?.seconds ?? null,
  lastUsedAt: ({ lastUsedAt }) => lastUsedAt,
  predecessorId: ({ predecessorId }) => predecessorId,
  successorId: ({ successorId }) => successorId,
  supersededUntil: ({ supersededUntil }) => supersededUntil,
  revokedAt: ({ revokedAt }) => revokedAt,
  revocationReason: ({ revocationReason }) => revocationReason,
};

const CSV_HEADER = csvLine(Object.keys(COLUMNS));

/**
 * All keys of a list as CSV, a page at a time and only as fast as the stream is read. A page that cannot be read
 * destroys the stream, so that the client sees a broken answer rather than a shorter list.
 *
 * @param first the first page, read before there is an answer, so that a refusal still has a status
 * @param readPage the page behind a cursor
 */
export function csvOfKeys(
  first: RecordPage<ApiKeyRecord>,
  readPage: (after: string) => Promise<RecordPage<ApiKeyRecord>>,
): Readable {
  return Readable.from(pages(first, readPage), { objectMode: false });
}

async function* pages(
  first: RecordPage<ApiKeyRecord>,
  readPage: (after: string) => Promise<RecordPage<ApiKeyRecord>>,
): AsyncGenerator<Buffer> {
  yield Buffer.from(CSV_HEADER);
  for (let page = first; ; page = await readPage(page.next)) {
    const lines = page.records.map((record) => {
      const key = resourceOfKey(record);
      return csvLine(Object.values(COLUMNS).map((cell) => cell(key)));
    });
    if (lines.length > 0) yield Buffer.from(lines.join(''));
    if (page.next === null) return;
  }
}
