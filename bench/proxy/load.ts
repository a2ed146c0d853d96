import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { ANSWER_END } from './answer-end.js';

// Plain sockets, since the client must be faster than the proxy. Started as: load.js <url> <connections> <seconds> <authorization>;
// prints the number of answers per second.
const [, , target = '', connections = '32', seconds = '3', authorization = ''] = process.argv;
const url = new URL(target);
const lines = [
  `GET ${url.pathname} HTTP/1.1`,
  `Host: ${url.host}`,
  `Authorization: ${authorization}`,
  'Accept: application/json',
  'User-Agent: bench',
];
const request = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);

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
      rest += String(chunk);
      if (!rest.endsWith(ANSWER_END)) return;
      if (!rest.startsWith('HTTP/1.1 200 ')) throw new Error(`no answer of the upstream: ${rest.slice(0, 200)}`);
      rest = '';
      answers += 1;
      socket.write(request);
    });
    socket.once('connect', () => {
      resolve(socket);
    });
    socket.once('error', reject);
    socket.once('end', () => {
      throw new Error('the proxy closed a connection');
    });
  });
}
