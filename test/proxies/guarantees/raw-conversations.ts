import { connect } from 'node:net';
import { RawConnection } from '@keyfold/testing/test-upstream';

/** Opens a connection that asks to become another one. */
export function openUpgrade(
  url: string,
  path: string,
  protocol: string,
  fields: readonly string[],
): Promise<RawConnection> {
  const head = [
    `GET ${path} HTTP/1.1`,
    'Host: service.example',
    'Connection: Upgrade, HTTP2-Settings',
    `Upgrade: ${protocol}`,
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    ...fields,
  ];
  return RawConnection.open(url, `${head.join('\r\n')}\r\n\r\n`);
}

/** Sends what comes next once the answer before it is there; ends when the server does, or after the last answer. */
export function conversation(url: string, parts: readonly string[]): Promise<{ readonly text: string }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = '';
    let sent = 0;
    const socket = connect(Number(port), hostname);
    const next = (): void => {
      const part = parts[sent++];
      if (part === undefined) socket.destroy();
      else socket.write(part, 'latin1');
    };
    socket.setTimeout(30_000, () => socket.destroy(new Error(`no answer: ${text}`)));
    socket.on('connect', next);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if ((text.match(/HTTP\/1\.[01] \d+/g) ?? []).length === sent && text.includes('\r\n\r\n')) next();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve({ text });
      else reject(error);
    });
    socket.on('close', () => {
      resolve({ text });
    });
  });
}
