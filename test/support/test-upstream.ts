import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** What an upstream has seen of a request. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  /** Name and value, as they stood on the wire. */
  readonly fields: readonly (readonly [string, string])[];
  readonly body: string;
}

/** A real service behind the proxy: what it has seen, and what it does on some paths. */
export interface TestUpstream {
  readonly url: string;
  readonly seen: SeenRequest[];
  /** Connections of upgrades and answers that are still open. */
  readonly open: Set<Duplex>;
  /** The answer to other paths than the built-in ones. */
  answer: (request: IncomingMessage, response: ServerResponse) => void;
  close(): Promise<void>;
}

/**
 * `/sse` streams events until the client has gone, `/upload` answers with the length, an upgrade (but to `/refuse`)
 * echoes; else 200.
 */
export async function startTestUpstream(): Promise<TestUpstream> {
  const seen: SeenRequest[] = [];
  const open = new Set<Duplex>();
  const server = createServer({ maxHeaderSize: 256 * 1_024 });
  const upstream: Pick<TestUpstream, 'answer'> = {
    answer: (_request, response) => {
      response.end('ok');
    },
  };
  server.on('request', (request, response) => {
    track(open, request.socket, response);
    if (request.url === '/sse') stream(request, response, seen);
    else if (request.url === '/upload') countBytes(request, response);
    else
      void note(request, seen).then(() => {
        upstream.answer(request, response);
      });
  });
  server.on('upgrade', (request, socket, head) => {
    seen.push(seenOf(request, ''));
    changeProtocol(request, socket, { head, open });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(upstream, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    open,
    close: () => stop(server, open),
  });
}

function track(open: Set<Duplex>, socket: Duplex, response: ServerResponse): void {
  open.add(socket);
  response.once('close', () => open.delete(socket));
}

function stream(request: IncomingMessage, response: ServerResponse, seen: SeenRequest[]): void {
  seen.push(seenOf(request, ''));
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  let number = 0;
  const timer = setInterval(() => response.write(`data: ${++number}\n\n`), 20);
  response.once('close', () => {
    clearInterval(timer);
  });
}

function countBytes(request: IncomingMessage, response: ServerResponse): void {
  let bytes = 0;
  request.on('data', (chunk: Buffer) => (bytes += chunk.byteLength));
  request.on('end', () => response.end(String(bytes)));
}

async function note(request: IncomingMessage, seen: SeenRequest[]): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  seen.push(seenOf(request, Buffer.concat(chunks).toString()));
}

function seenOf({ method = '', rawHeaders, url = '' }: IncomingMessage, body: string): SeenRequest {
  const fields = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? ''] as const] : []));
  return { method, url, fields, body };
}

function changeProtocol(
  { headers, url }: IncomingMessage,
  socket: Duplex,
  { head, open }: { head: Buffer; open: Set<Duplex> },
): void {
  socket.on('error', () => undefined);
  if (url === '/refuse') {
    socket.end('HTTP/1.1 426 Upgrade Required\r\ncontent-length: 2\r\nremote-user: admin\r\n\r\nno');
    return;
  }
  open.add(socket);
  socket.once('close', () => open.delete(socket));
  const protocol = url === '/other' ? 'something-else' : (headers.upgrade ?? '');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${protocol}\r\nx-keyfold-user-id: forged\r\nsec-websocket-accept: x\r\n\r\n`,
  );
  socket.write(head);
  socket.pipe(socket);
}

async function stop(server: Server, open: Set<Duplex>): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  for (const socket of open) socket.destroy();
  await closed;
}

/** An upstream that answers every connection with these bytes once something has come, and may then hang up. */
export async function startRawUpstream(
  answer: (socket: Socket, request: string) => void,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      answer(socket, chunk.toString('latin1'));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A connection on which bytes are sent as they are. */
export class RawConnection {
  text = '';
  isClosed = false;

  private constructor(readonly socket: Socket) {
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => (this.text += chunk.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => (this.isClosed = true));
  }

  static async open(url: string, bytes = ''): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const connection = new RawConnection(socket);
    await once(socket, 'connect');
    socket.write(bytes);
    return connection;
  }
}
