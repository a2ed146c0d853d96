import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** A proxy as companies have one: it makes tunnels (CONNECT, RFC 9110, 9.3.6), and only within this machine. */
export class ConnectProxy {
  /** What tunnels were asked for. */
  readonly targets: string[] = [];
  /** Credentials that came with them. */
  readonly credentials = new Set<string | undefined>();
  /** Requests that came in the clear. */
  plain = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<ConnectProxy> {
    const server = createServer((_request, response) => {
      proxy.plain += 1;
      response.writeHead(502).end();
    });
    const proxy = new ConnectProxy(server);
    server.on('connection', (socket: Socket) => proxy.sockets.add(socket));
    server.on('connect', (request, socket: Socket) => {
      proxy.targets.push(request.url ?? '');
      proxy.credentials.add(request.headers['proxy-authorization']);
      proxy.tunnel(request.url ?? '', socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private tunnel(target: string, socket: Socket): void {
    const { hostname, port } = new URL(`http://${target}`);
    socket.on('error', () => undefined);
    if (!['localhost', '127.0.0.1'].includes(hostname)) {
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      return;
    }
    const upstream = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    this.sockets.add(upstream);
    upstream.on('error', () => socket.destroy());
  }
}
