import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** What a load process is asked for. */
export interface HttpLoad {
  /** Started as `<url> <connections> <seconds> <authorization>`: the process's own arguments. */
  readonly args: readonly string[];
  /** Header lines besides `Host` and `Authorization`. */
  readonly lines: readonly string[];
  /** With what each answer ends; must not stand anywhere before that. */
  readonly answerEnd: string;
}

/**
 * Asks again on each connection as soon as the answer is there, and prints the number of answers per second. Plain sockets instead of an HTTP
 * client: on one core the client must be faster than the server, or it is measured itself.
 */
export async function runHttpLoad({ answerEnd, args, lines }: HttpLoad): Promise<void> {
  const [target = '', connections = '32', seconds = '3', authorization = ''] = args;
  const url = new URL(target);
  const head = [`GET ${url.pathname} HTTP/1.1`, `Host: ${url.host}`, `Authorization: ${authorization}`, ...lines];
  const request = Buffer.from(`${head.join('\r\n')}\r\n\r\n`);
  let answers = 0;
  const open = (): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
      socket.setEncoding('latin1');
      let rest = '';
      socket.on('data', (chunk) => {
        const text = rest + String(chunk);
        if (!text.endsWith(answerEnd)) {
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
  const sockets = await Promise.all(Array.from({ length: Number(connections) }, open));
  const start = performance.now();
  for (const socket of sockets) socket.write(request);
  await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000));
  const perSecond = (answers * 1000) / (performance.now() - start);
  for (const socket of sockets) socket.destroy();
  process.stdout.write(`${perSecond}\n`);
}
