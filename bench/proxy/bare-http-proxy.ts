import httpProxy from '@fastify/http-proxy';
import { fastify } from 'fastify';

// What is compared with: the usual proxy plugin, which authenticates nobody. Started as: bare-http-proxy.js <upstream>
const [, , upstream = ''] = process.argv;
const app = fastify();
await app.register(httpProxy, { upstream });
process.on('SIGTERM', () => {
  process.exit(0);
});
process.stdout.write(`listening at ${await app.listen({ host: '127.0.0.1', port: 0 })}\n`);
