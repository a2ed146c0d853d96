import { freePort } from '@keyfold/local-servers';
import { startTestAdminService, type TestAdminService } from './admin-service.js';
import { startTestIssuer, type TestIssuer } from './oidc-issuer.js';
import { startTestPostgres, type TestDatabase, type TestPostgres } from './postgres.js';

/** An admin-service that signs people in by a real provider, both on localhost. */
export interface OidcSetup {
  readonly issuer: TestIssuer;
  readonly service: TestAdminService;
  readonly database: TestDatabase;
  readonly postgres: TestPostgres;
  /** What the service was configured with, for another one beside it. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function startOidcSetup(): Promise<OidcSetup> {
  // The provider must know where to send browsers back to before the service is there.
  const port = await freePort();
  const issuer = await startTestIssuer(`http://127.0.0.1:${port}/v1/sessions/oidc/callback`);
  const postgres = await startTestPostgres();
  const database = await postgres.createDatabase();
  const env = {
    KEYFOLD_OIDC_ISSUER: issuer.url,
    KEYFOLD_OIDC_CLIENT_ID: issuer.clientId,
    KEYFOLD_OIDC_CLIENT_SECRET: issuer.clientSecret,
    KEYFOLD_OIDC_CREATE_USERS: 'true',
    KEYFOLD_OIDC_ROLE_CLAIM: 'groups',
  };
  const service = await startTestAdminService({ database, env: { ...env, KEYFOLD_ADMIN_PORT: String(port) } });
  const close = async (): Promise<void> => {
    await service.close();
    await postgres.stop();
    await issuer.stop();
  };
  return { issuer, service, database, postgres, env, close };
}
