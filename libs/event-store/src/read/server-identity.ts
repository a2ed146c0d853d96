/**
 * SQL expression (text) for the server that answers: the cluster's system identifier, its timeline, and when it was started. A restored copy
 * keeps the first, a copied data directory the second as well; neither can take the place of a running server without a start.
 *
 * pg_control_checkpoint() gives the timeline of the last checkpoint, which lags after a promotion; a WAL file's name begins with the
 * current one, in eight hexadecimal digits.
 */
export const SERVER_IDENTITY = `concat_ws(
      '/',
      (select system_identifier from pg_control_system()),
      case
        when pg_is_in_recovery() then (select timeline_id::text from pg_control_checkpoint())
        else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint::text
      end,
      (extract(epoch from pg_postmaster_start_time()) * 1000000)::bigint
    )`;
