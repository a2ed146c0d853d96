import argon2 from 'argon2';
import { ARGON2_DEFAULTS } from '@keyfold/domain';
import { randomBytes } from 'node:crypto';
import { fastify } from 'fastify';

// What issuing is compared with: a server that hashes a new secret for each request and does nothing else.
const app = fastify();
app.post('/hash', async () => {
  const { memoryKib, timeCost, parallelism } = ARGON2_DEFAULTS;
  const secret = randomBytes(32).toString('base64url');
  await argon2.hash(secret, { type: argon2.argon2id, memoryCost: memoryKib, timeCost, parallelism });
  return {};
});
process.on('SIGTERM', () => {
  void app.close();
});
process.stdout.write(`listening at ${await app.listen({ host: '127.0.0.1', port: 0 })}\n`);
