import { Client } from 'pg';
import type { Credentials } from './secrets.js';

export interface DatabaseUrls {
  readonly owner: string;
  readonly service: string;
  readonly gateway: string;
}

/**
 * Makes roles and databases of the embedded Postgres, if they are not there yet: the owner migrates the log's database,
 * the service's role gets its rights from the migration, and the gateway has a database of its own, so it cannot read
 * the log.
 */
export async function prepareDatabases(
  superuserUrl: string,
  port: number,
  credentials: Credentials,
): Promise<DatabaseUrls> {
  const roles = [
    { name: 'keyfold_owner', password: credentials.databaseOwner },
    { name: 'keyfold_service', password: credentials.databaseService },
    { name: 'keyfold_gateway', password: credentials.databaseGateway },
  ];
  const client = new Client({ connectionString: superuserUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    for (const role of roles) await ensureRole(client, role);
    await ensureDatabase(client, 'keyfold', 'keyfold_owner');
    await ensureDatabase(client, 'keyfold_gateway', 'keyfold_gateway');
    await client.query('grant connect on database keyfold to keyfold_service');
  } finally {
    await client.end();
  }
  const url = (role: string, password: string, database: string): string =>
    `postgres://${role}:${password}@127.0.0.1:${port}/${database}`;
  return {
    owner: url('keyfold_owner', credentials.databaseOwner, 'keyfold'),
    service: url('keyfold_service', credentials.databaseService, 'keyfold'),
    gateway: url('keyfold_gateway', credentials.databaseGateway, 'keyfold_gateway'),
  };
}

async function ensureRole(client: Client, role: { name: string; password: string }): Promise<void> {
  const name = client.escapeIdentifier(role.name);
  const password = client.escapeLiteral(role.password);
  const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1::text', [role.name]);
  // The password is set again each time: it follows the file, whatever a backup or a hand has left in the cluster.
  await client.query(`${rowCount === 0 ? 'create' : 'alter'} role ${name} login password ${password}`);
}

async function ensureDatabase(client: Client, name: string, owner: string): Promise<void> {
  const { rowCount } = await client.query('select 1 from pg_database where datname = $1::text', [name]);
  if (rowCount === 0)
    await client.query(`create database ${client.escapeIdentifier(name)} owner ${client.escapeIdentifier(owner)}`);
  await client.query(`revoke all on database ${client.escapeIdentifier(name)} from public`);
}
