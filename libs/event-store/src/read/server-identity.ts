/**
 * SQL expression (text) for the timeline of the server that answers: another one after a promotion or a recovery to a
 * point in time.
 *
 * pg_control_checkpoint() gives the timeline of the last checkpoint, which lags after a promotion; a WAL file's name
 * begins with the current one.
 */
export const SERVER_TIMELINE = `case
        when pg_is_in_recovery() then (select timeline_id::text from pg_control_checkpoint())
        else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint::text
      end`;

/**
 * SQL expression (text) for the server that answers: its timeline, and when it was started. A restored copy may keep
 * the first; neither it nor another server can take the place of a running one without a start, which has a microsecond
 * of its own.
 *
 * The cluster's system identifier would say no more, and pg_control_system() reads a file for it: 45 of 85 us, twice a
 * commit.
 */
export const SERVER_IDENTITY = `concat_ws(
      '/',
      ${SERVER_TIMELINE},
      (extract(epoch from pg_postmaster_start_time()) * 1000000)::bigint
    )`;
