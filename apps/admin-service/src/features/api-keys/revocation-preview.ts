import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Instant } from '../../http/fields.js';
import { ApiKeyQueries } from '../../tables/api-key-queries.js';
import { RevocableKeys, type RevocationFilter } from '../../tables/revocable-keys.js';
import { StreamReader } from '../../write/stream-reader.js';
import { resourceOfKey } from './api-key-resource.js';
import { inLogTime } from './commands/bulk-revoke.js';
import { demandFewKeys, MAX_LISTED_KEYS } from './commands/revoke-listed.js';

const MAX_SAMPLE = 50;

/** What a revocation of many keys would do, had it been made. */
export const RevocationPreview = z
  .object({
    affected: z.object({ keys: z.int(), users: z.int() }),
    sample: z.array(
      z.object({
        keyId: z.string(),
        username: z.string().nullable(),
        name: z.string().nullable(),
        effectiveExpiresAt: Instant.nullable(),
        lastUsedAt: Instant.nullable(),
      }),
    ),
  })
  .meta({ id: 'RevocationPreview' });

export type RevocationPreview = z.output<typeof RevocationPreview>;

/** Whether keys are revoked one by one: a fact of the log can name an owner and an instant, and nothing else. */
export const isListed = ({ keyIds, unusedSinceMs }: RevocationFilter): boolean =>
  keyIds !== null || unusedSinceMs !== null;

@Injectable()
export class RevocationPreviews {
  constructor(
    private readonly keys: ApiKeyQueries,
    private readonly revocable: RevocableKeys,
    private readonly streams: StreamReader,
  ) {}

  /** @throws DomainError TOO_MANY_KEYS */
  async of(asked: RevocationFilter): Promise<RevocationPreview> {
    const filter = inLogTime(asked, await this.streams.clocks());
    if (!isListed(filter)) {
      const sample = await this.revocable.list(filter, MAX_SAMPLE);
      return { affected: await this.revocable.count(filter), sample: await this.shown(sample) };
    }
    const found = await this.revocable.list(filter, MAX_LISTED_KEYS + 1);
    demandFewKeys(found.length > MAX_LISTED_KEYS);
    const affected = { keys: found.length, users: new Set(found.map(({ userId }) => userId)).size };
    return { affected, sample: await this.shown(found.slice(0, MAX_SAMPLE)) };
  }

  private async shown(sample: readonly { readonly keyId: string }[]): Promise<RevocationPreview['sample']> {
    const ids = sample.map(({ keyId }) => keyId);
    const byId = new Map((await this.keys.findAll(ids)).map((record) => [record.key.keyId, resourceOfKey(record)]));
    return ids.flatMap((keyId) => {
      const key = byId.get(keyId);
      if (key === undefined) return [];
      const { effectiveExpiresAt, lastUsedAt, name, username } = key;
      return [{ keyId, username, name, effectiveExpiresAt, lastUsedAt }];
    });
  }
}
