import type { Pool } from 'pg';

/** Processes look each second; what is older, all of them know. */
const KEPT = "interval '1 day'";

/**
 * Streams whose rows somebody has put right: another process of this gateway, or a rebuild. What memory has made of the
 * rows as they were before is to be compared.
 */
export class MendedStreams {
  /** Null before the first look: memory is younger than what was put right before the start. */
  private last: string | null = null;

  constructor(private readonly pool: Pool) {}

  /** @returns those since the last look; none at the first */
  async sinceLast(): Promise<string[]> {
    if (this.last === null) {
      const { rows } = await this.pool.query<{ last: string }>(
        'select coalesce(max(id), 0) as last from mended_streams',
      );
      this.last = rows[0]?.last ?? '0';
      return [];
    }
    const { rows } = await this.pool.query<{ id: string; stream: string }>({
      name: 'mended-since',
      text: 'select id, stream from mended_streams where id > $1::bigint order by id limit 1000',
      values: [this.last],
    });
    const last = rows.at(-1);
    if (last === undefined) return [];
    this.last = last.id;
    await this.pool.query(`delete from mended_streams where mended_at < now() - ${KEPT}`);
    return rows.map(({ stream }) => stream);
  }
}
