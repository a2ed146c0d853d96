import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '@keyfold/testing/eventually';
import { FaultProxy, resetSocket } from '@keyfold/testing/fault-proxy';

/* The link that fault runs go through: whatever it does, bytes arrive in order or not at all. */

let echo: Server;
let proxy: FaultProxy;
let heard: string;

beforeEach(async () => {
  heard = '';
  echo = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
      socket.write(chunk);
    });
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  proxy = await FaultProxy.start((echo.address() as { port: number }).port);
});
afterEach(async () => {
  await proxy.stop();
  echo.close();
});

/** A client, what it has been told, and whether its connection was reset. */
async function client(): Promise<{ socket: Socket; told: () => string; isReset: () => boolean }> {
  const socket = connect(proxy.port, '127.0.0.1');
  let [told, reset] = ['', false];
  socket.on('data', (chunk: Buffer) => (told += chunk.toString()));
  socket.on('error', () => (reset = true));
  await once(socket, 'connect');
  return { socket, told: () => told, isReset: () => reset };
}

test('names the same place by its own port', () => {
  expect(proxy.through('postgres://user:secret@127.0.0.1:5432/db')).toBe(
    `postgres://user:secret@127.0.0.1:${proxy.port}/db`,
  );
  expect(proxy.through('http://127.0.0.1:3003')).toBe(`http://127.0.0.1:${proxy.port}`);
});

test('what is late keeps its place before what is not', async () => {
  const { socket, told } = await client();
  proxy.become('slow', 100);
  socket.write('one ');
  await eventually(() => proxy.underWay === 1);
  proxy.become('open');
  socket.write('two ');
  socket.write('three');
  await eventually(() => told() === 'one two three');
  socket.destroy();
});

test('half-open, both sides hear nothing, and lost bytes end the connection when it opens again', async () => {
  const { isReset, socket, told } = await client();
  socket.write('before ');
  await eventually(() => told() === 'before ');
  proxy.become('silent');
  socket.write('lost');
  const other = await client();
  proxy.become('mute');
  other.socket.write('asked');
  await eventually(() => heard === 'before asked');
  expect([told(), other.told(), isReset(), other.isReset()]).toEqual(['before ', '', false, false]);
  proxy.become('open');
  await eventually(() => isReset() && other.isReset());
  const after = await client();
  after.socket.write('after');
  await eventually(() => after.told() === 'after');
  after.socket.destroy();
});

test('cuts before some words, all at once, and refuses', async () => {
  const [one, other] = [await client(), await client()];
  proxy.cutBefore('COMMIT');
  one.socket.write('COMMIT');
  await eventually(() => one.isReset());
  expect([heard, one.told(), other.isReset()]).toEqual(['COMMIT', '', false]);
  proxy.cut();
  await eventually(() => other.isReset());
  proxy.become('refusing');
  const late = connect(proxy.port, '127.0.0.1');
  await expect(once(late, 'close')).rejects.toThrow('ECONNRESET');
});

test('resets a connection at any moment, and leaves no handle behind', async () => {
  const handles = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  await eventually(() => handles() === 0);
  const [idle, ending] = [await client(), await client()];
  ending.socket.end();
  for (const { socket } of [idle, ending]) resetSocket(socket);
  const connecting = connect(proxy.port, '127.0.0.1');
  connecting.end();
  resetSocket(connecting);
  connecting.on('error', () => undefined);
  await eventually(() => handles() === 0, 10_000);
});
