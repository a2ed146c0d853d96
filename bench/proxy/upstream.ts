import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ANSWER_END } from './answer-end.js';

// The service behind both proxies: the least that still has a body.
const body = Buffer.from(JSON.stringify({ report: 'r'.repeat(200) }) + ANSWER_END);
const headers = ['Content-Type', 'application/json', 'Content-Length', String(body.byteLength)];
const server = createServer((_request, response) => {
  response.writeHead(200, headers);
  response.end(body);
});
process.on('SIGTERM', () => {
  process.exit(0);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`listening at http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
