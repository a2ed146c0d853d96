import { Injectable } from '@nestjs/common';
import { Database } from '../core/database.js';
import { isNotBulkRevoked } from './bulk-revocations.js';

/** Which keys a bulk revocation is for. A member that is null does not restrict. */
export interface BulkFilter {
  readonly userId: string | null;
  readonly issuedBeforeMs: number | null;
}

@Injectable()
export class ApiKeyCounts {
  constructor(private readonly database: Database) {}

  /** How many keys match that nothing has revoked yet. */
  async notRevoked({ userId, issuedBeforeMs }: BulkFilter): Promise<number> {
    const result = await this.database.pool.query<{ keys: string }>(countNotRevoked, [userId, issuedBeforeMs]);
    return Number(result.rows[0]?.keys ?? 0);
  }
}

const countNotRevoked = `
  select count(*) as keys
  from keyfold.api_keys k
  where ($1::text is null or k.user_id = $1::text)
    and ($2::bigint is null or k.created_at_ms < $2::bigint)
    and not k.is_revoked
    and ${isNotBulkRevoked}`;
