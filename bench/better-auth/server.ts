import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fastify } from 'fastify';
import pg from 'pg';

// What is compared with: better-auth's API-key plugin on Postgres behind a Fastify route. Started as: server.js <folder
// of its packages> <database>
const [, , folder = '', databaseUrl = ''] = process.argv;

// The packages are installed when the bench runs, so the compiler cannot know their types: these are the members used
// here.
interface BetterAuth {
  readonly options: object;
  readonly api: {
    signUpEmail(given: { body: object }): Promise<{ user: { id: string } }>;
    createApiKey(given: { body: object }): Promise<{ key: string }>;
    verifyApiKey(given: { body: { key: string } }): Promise<{ valid: boolean }>;
  };
}

async function load<Module>(name: string): Promise<Module> {
  const path = createRequire(join(folder, 'package.json')).resolve(name);
  return (await import(pathToFileURL(path).href)) as Module;
}

const { betterAuth } = await load<{ betterAuth: (options: object) => BetterAuth }>('better-auth');
const { apiKey } = await load<{ apiKey: (options: object) => object }>('@better-auth/api-key');
const { getMigrations } = await load<{
  getMigrations: (options: object) => Promise<{ runMigrations(): Promise<void> }>;
}>('better-auth/db/migration');

const auth = betterAuth({
  database: new pg.Pool({ connectionString: databaseUrl }),
  baseURL: 'http://127.0.0.1',
  secret: 'a secret of the bench that is long enough',
  emailAndPassword: { enabled: true },
  telemetry: { enabled: false },
  // Its default would refuse after ten requests a day.
  plugins: [apiKey({ rateLimit: { enabled: false } })],
});
await (await getMigrations(auth.options)).runMigrations();
const body = { email: 'bench@example.com', password: 'a password of the bench', name: 'bench' };
const { user } = await auth.api.signUpEmail({ body });
const { key } = await auth.api.createApiKey({ body: { userId: user.id, name: 'bench' } });

const app = fastify();
app.all('/v1/forward-auth', async (request, reply) => {
  const presented = Buffer.from(request.headers.authorization?.slice('Basic '.length) ?? '', 'base64').toString();
  const { valid } = await auth.api.verifyApiKey({ body: { key: presented.slice(presented.indexOf(':') + 1) } });
  return reply.code(valid ? 200 : 401).send();
});
process.on('SIGTERM', () => {
  process.exit(0);
});
const url = await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`key ${key}\nlistening at ${url}\n`);
