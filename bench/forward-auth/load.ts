import { connect } from 'node:net';
import type { Socket } from 'node:net';

// Plain sockets instead of an HTTP client: on one core the client must be faster than the server, or it is measured itself.
// Started as: load.js <url> <connections> <seconds> <authorization>; prints the number of answers per second.
const [, , target = '', connections = '32', seconds = '3', authorization = ''] = process.argv;
const url = new URL(target);
const lines = [
  `GET ${url.pathname} HTTP/1.1`,
  `Host: ${url.host}`,
  `Authorization: ${authorization}`,
  'X-Forwarded-Method: GET',
  'X-Forwarded-Uri: /reports/42',
  'X-Forwarded-Host: reports.example.com',
  'X-Forwarded-For: 192.0.2.7',
];
const request = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
const HEADER_END = '\r\n\r\n';

let answers = 0;
const sockets = await Promise.all(Array.from({ length: Number(connections) }, open));
const start = performance.now();
for (const socket of sockets) socket.write(request);
await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000));
const perSecond = (answers * 1000) / (performance.now() - start);
for (const socket of sockets) socket.destroy();
process.stdout.write(`${perSecond}\n`);

function open(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    socket.setEncoding('latin1');
    let rest = '';
    socket.on('data', (chunk) => {
      // Both sides answer with empty bodies, so the end of the headers is the end of the answer.
      const text = rest + String(chunk);
      if (!text.endsWith(HEADER_END)) {
        rest = text;
        return;
      }
      rest = '';
      if (!text.startsWith('HTTP/1.1 200 ')) throw new Error(`not allowed: ${text.slice(0, 200)}`);
      answers += 1;
      socket.write(request);
    });
    socket.once('connect', () => {
      resolve(socket);
    });
    socket.once('error', reject);
    socket.once('end', () => {
      throw new Error('the server closed a connection');
    });
  });
}
