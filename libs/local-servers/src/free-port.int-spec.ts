import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { freePort, isPortFree } from './free-port.js';

test('a port is given once', async () => {
  const ports = await Promise.all(Array.from({ length: 300 }, () => freePort()));
  expect(new Set(ports).size).toBe(300);
});

test('no port is one that the kernel of a usual machine gives to outgoing connections', async () => {
  for (let i = 0; i < 50; i++) expect(await freePort()).toBeLessThan(32_768);
});

test('another process is not given the port', async () => {
  const port = await freePort();
  // The reservation as another process meets it: the same UDP bind.
  const program = `require('node:dgram').createSocket('udp4').once('error', (err) => { console.log(err.code); process.exit(); }).bind(${port}, '127.0.0.1', () => { console.log('bound'); process.exit(); })`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program]);
  expect(stdout.trim()).toBe('EADDRINUSE');
  expect(await isPortFree(port)).toBe(true);
});
