import { createSocket, type Socket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';

/**
 * A free TCP port of this machine, given to nobody else who asks here while this process lives, in whatever process.
 *
 * It lies below the range from which the kernel takes the ports of outgoing connections: one of those would otherwise
 * hold it by the time a server binds it. A program that asks nobody may still bind it first, so whoever binds it must
 * be ready to find it taken.
 *
 * @throws Error when a thousand ports in a row were taken
 */
export async function freePort(): Promise<number> {
  const below = await outgoingPortsFrom();
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * (below - LOWEST));
    if (!reserved.has(port) && (await reserve(port)) && (await canListen({ port }))) return port;
  }
  throw new Error(`${ATTEMPTS} ports between ${LOWEST} and ${below} were taken`);
}

/** Whether `host:port` can be bound now; false means that another process listens there. */
export function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return canListen({ port, host });
}

const LOWEST = 10_240;
/** Where the range of outgoing connections starts on Linux unless it is set otherwise; higher on other systems. */
const USUAL_OUTGOING = 32_768;
const ATTEMPTS = 1_000;

/**
 * UDP sockets that stand for the TCP ports of their numbers. The kernel gives each to one process only and takes it
 * back when the process ends in whatever way, so nothing is left to clean up.
 */
const reserved = new Map<number, Socket>();

function reserve(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      reserved.set(port, socket.unref());
      resolve(true);
    });
  });
}

async function outgoingPortsFrom(): Promise<number> {
  const range = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').catch(() => '');
  const from = Number.parseInt(range, 10);
  // A machine whose range starts lower leaves too little below it; there the usual bound is as good as any.
  return from >= LOWEST + ATTEMPTS ? Math.min(from, USUAL_OUTGOING) : USUAL_OUTGOING;
}

/** Without a host: on every address of this machine. */
function canListen(address: { port: number; host?: string }): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (err: NodeJS.ErrnoException) => {
      if (err.code === 'EADDRINUSE') resolve(false);
      else reject(err);
    });
    server.listen(address, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
