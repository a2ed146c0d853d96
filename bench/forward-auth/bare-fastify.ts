import { fastify } from 'fastify';

// What is compared with: the least that a Fastify server can do for the same request.
const app = fastify();
app.all('/v1/forward-auth', (_request, reply) => {
  void reply.send();
});
process.on('SIGTERM', () => {
  void app.close();
});
process.stdout.write(`listening at ${await app.listen({ host: '127.0.0.1', port: 0 })}\n`);
