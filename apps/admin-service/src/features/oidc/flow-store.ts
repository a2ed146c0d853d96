import { Injectable } from '@nestjs/common';
import { byAge } from '../../platform/by-age.js';
import { Database } from '../../platform/database.js';
import type { FlowSecret } from './flow-secret.js';

/** How long somebody may take to sign in at the issuer. */
export const FLOW_SECONDS = 600;

export interface Flow {
  /** As it was sent to the issuer; the exchange of the code must name the same. */
  readonly redirectUri: string;
  readonly returnTo: string | null;
}

/** Sign-ins on their way, in Postgres: any replica can finish what another began, and each is finished once. */
@Injectable()
export class FlowStore {
  constructor(private readonly database: Database) {}

  /**
   * Also removes what has run out, a bounded part of it each time, so that the table never grows beyond the sign-ins of
   * a few minutes.
   */
  async begin(secret: FlowSecret, flow: Flow): Promise<void> {
    await byAge(this.database, (tx) => tx.query(deleteEndedFlows, [this.database.logTime.now()]));
    await this.database.pool.query(insertFlow, [
      secret.hash,
      flow.redirectUri,
      flow.returnTo,
      FLOW_SECONDS,
      this.database.logTime.now(),
    ]);
  }

  /** Takes it out, so that of two requests with the same state one gets it; undefined if it is gone or has run out. */
  async take(secret: FlowSecret): Promise<Flow | undefined> {
    const result = await this.database.pool.query<FlowRow>(deleteFlow, [secret.hash, this.database.logTime.now()]);
    const [row] = result.rows;
    return row?.is_alive === true ? { redirectUri: row.redirect_uri, returnTo: row.return_to } : undefined;
  }
}

interface FlowRow {
  readonly redirect_uri: string;
  readonly return_to: string | null;
  readonly is_alive: boolean;
}

const deleteEndedFlows = `
  delete from keyfold.oidc_flows
  where secret_hash in (
    select secret_hash
    from keyfold.oidc_flows
    where expires_at < $1::timestamptz
    limit 100
    for update skip locked
  )`;

const insertFlow = `
  insert into keyfold.oidc_flows (secret_hash, redirect_uri, return_to, expires_at)
  values ($1::bytea, $2::text, $3::text, $5::timestamptz + make_interval(secs => $4::int))`;

const deleteFlow = `
  delete from keyfold.oidc_flows
  where secret_hash = $1::bytea
  returning redirect_uri, return_to, expires_at > $2::timestamptz as is_alive`;
