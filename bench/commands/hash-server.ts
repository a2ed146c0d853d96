import { randomBytes } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import argon2 from 'argon2';
import { fastify } from 'fastify';
import { ARGON2_DEFAULTS } from '@keyfold/domain';

// What issuing is compared with: a server that hashes a new secret for each request and does nothing else, at
// /reference with the reference implementation and at /own with the library that the product uses.
const { memoryKib: memoryCost, timeCost, parallelism } = ARGON2_DEFAULTS;
const cost = { memoryCost, timeCost, parallelism };
const newSecret = (): string => randomBytes(32).toString('base64url');
const app = fastify();
app.post('/reference', async () => {
  await argon2.hash(newSecret(), { type: argon2.argon2id, ...cost });
  return {};
});
app.post('/own', async () => {
  await hash(newSecret(), cost);
  return {};
});
process.on('SIGTERM', () => {
  void app.close();
});
process.stdout.write(`listening at ${await app.listen({ host: '127.0.0.1', port: 0 })}\n`);
