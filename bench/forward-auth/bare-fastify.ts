import { fastify } from 'fastify';

// What is compared with: the least that a Fastify server can do for the same request. Started as: bare-fastify.js
// <headers as JSON>
const headers = JSON.parse(process.argv[2] ?? '{}') as Record<string, string>;
const app = fastify();
app.all('/empty', (_request, reply) => {
  void reply.send();
});
app.all('/same-headers', (request, reply) => {
  void reply.headers(headers).header('X-Request-Id', request.id).send();
});
process.on('SIGTERM', () => {
  process.exit(0);
});
process.stdout.write(`listening at ${await app.listen({ host: '127.0.0.1', port: 0 })}\n`);
