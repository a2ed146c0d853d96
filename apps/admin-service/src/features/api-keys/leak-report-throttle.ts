import { Injectable } from '@nestjs/common';
import { networkOf, ProblemError, type RateLimitFields, rateLimitFields } from '@keyfold/service-kit';
import { byAge } from '../../platform/by-age.js';
import { Database } from '../../platform/database.js';

const WINDOW_SECONDS = 900;
/** Enough for a scanner that reports what it finds one by one, too few to try texts in earnest. */
const MAX_REPORTS_PER_NETWORK = 100;

/**
 * Counts reports of leaked keys in Postgres, so for all replicas together: so many for a network in a window of 15
 * minutes.
 */
@Injectable()
export class LeakReportThrottle {
  constructor(private readonly database: Database) {}

  /** @returns what is left, for the answer. @throws ProblemError 429 with Retry-After */
  async admit(address: string): Promise<RateLimitFields> {
    const network = networkOf(address);
    const counted = await this.database.pool.query<CountRow>(countReport, [
      network,
      WINDOW_SECONDS,
      this.database.logTime.now(),
    ]);
    const [row] = counted.rows;
    if (!row) throw new Error('the report was not counted');
    // A network's window begins: a good moment to forget those that are over, since it comes as often as rows are
    // added.
    if (row.reports === 1)
      await byAge(this.database, (tx) => tx.query(deleteOldReports, [WINDOW_SECONDS, this.database.logTime.now()]));
    const fields = rateLimitFields(WINDOW_SECONDS, [
      { name: 'network', quota: MAX_REPORTS_PER_NETWORK, used: row.reports, resetSeconds: row.retry_seconds },
    ]);
    if (row.reports <= MAX_REPORTS_PER_NETWORK) return fields;
    const retryAfter = Math.min(WINDOW_SECONDS, Math.max(1, Math.ceil(row.retry_seconds)));
    throw new ProblemError(429, 'TOO_MANY_REQUESTS', 'Too many reports from this network. Try again later.', {
      headers: { 'retry-after': String(retryAfter), ...fields },
    });
  }
}

interface CountRow {
  readonly reports: number;
  readonly retry_seconds: number;
}

// One statement: the row's lock makes reports that arrive together count one after the other. The count stops growing
// at a point where it says no more than "too many".
const countReport = `
  insert into keyfold.leak_reports as r (network, window_started_at, reports)
  values ($1::cidr, $3::timestamptz, 1)
  on conflict on constraint leak_reports_pkey do update
  set window_started_at = case
      when r.window_started_at <= $3::timestamptz - make_interval(secs => $2::int) then $3::timestamptz
      else r.window_started_at
    end,
    reports = case
      when r.window_started_at <= $3::timestamptz - make_interval(secs => $2::int) then 1
      else least(r.reports + 1, 1000000)
    end
  returning reports, extract(epoch from window_started_at - $3::timestamptz)::float8 + $2::int as retry_seconds`;

const deleteOldReports = `
  delete from keyfold.leak_reports
  where window_started_at <= $2::timestamptz - make_interval(secs => $1::int)`;
