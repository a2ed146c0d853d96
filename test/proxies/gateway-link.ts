import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What the proxy meets where it expects the gateway. */
export type GatewayState =
  /** The gateway at this address, byte for byte. */
  | { readonly to: string }
  /** A connection, and never an answer. */
  | 'silent'
  /** Nobody listens. */
  | 'down'
  /** These bytes for an answer, and then the end of the connection. */
  | { readonly answer: string };

/**
 * The address that a proxy is given for the gateway's: what is behind it can change under the proxy, and what comes is
 * written down.
 */
export interface GatewayLink {
  /** Host and port. */
  readonly address: string;
  become(state: GatewayState): Promise<void>;
  /** Heads of the questions so far; takes them out. */
  taken(): QuestionHead[];
  close(): Promise<void>;
}

/** A question as it came over the wire. */
export interface QuestionHead {
  readonly requestLine: string;
  /** Names in lower case. */
  readonly fields: readonly (readonly [string, string])[];
}

export async function startGatewayLink(first: GatewayState): Promise<GatewayLink> {
  const sockets = new Set<Socket>();
  const received: string[] = [];
  let state = first;
  const hangUp = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const open = async (port: number): Promise<Server> => {
    const server = createServer((socket) => {
      track(sockets, socket);
      const at = received.push('') - 1;
      socket.on('data', (chunk) => (received[at] = (received[at] ?? '') + chunk.toString('latin1')));
      serve(socket, state, sockets);
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return server;
  };
  let server: Server | null = await open(0);
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    const closed = server === null ? Promise.resolve() : once(server, 'close');
    server?.close();
    hangUp();
    await closed;
    server = null;
  };
  return {
    address: `127.0.0.1:${port}`,
    become: async (next) => {
      state = next;
      // What is open belongs to the state before.
      hangUp();
      if (next === 'down') await close();
      else server ??= await open(port);
    },
    taken: () =>
      received.splice(0).flatMap((text) =>
        text
          .split('\r\n\r\n')
          .filter((head) => head !== '')
          .map(headOf),
      ),
    close,
  };
}

function serve(socket: Socket, state: GatewayState, sockets: Set<Socket>): void {
  if (typeof state === 'string') return;
  if ('answer' in state) {
    socket.once('data', () => socket.end(state.answer, 'latin1'));
    return;
  }
  const { hostname, port } = new URL(state.to);
  const gateway = connect(Number(port), hostname);
  track(sockets, gateway);
  socket.pipe(gateway).pipe(socket);
}

function track(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.on('error', () => undefined);
  socket.once('close', () => sockets.delete(socket));
}

function headOf(text: string): QuestionHead {
  const [requestLine = '', ...lines] = text.split('\r\n');
  const fields = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return { requestLine, fields };
}
