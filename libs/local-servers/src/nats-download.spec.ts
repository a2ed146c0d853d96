import { expect, test } from '@jest/globals';
import { fileInTar } from './nats-download.js';
import { locateNatsServer } from './nats-program.js';

/** One member of a ustar archive. */
function member(name: string, content: string, type = '0'): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(content.length.toString(8).padStart(11, '0'), 124);
  header.write(type, 156);
  header.write('ustar', 257);
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  body.write(content);
  return Buffer.concat([header, body]);
}

test('the program is found in the archive behind folders, extended headers and other files', () => {
  const archive = Buffer.concat([
    member('nats-server-v1/', '', '5'),
    member('PaxHeader/x', '30 mtime=1.5\n', 'x'),
    member('nats-server-v1/README.md', 'r'.repeat(1025)),
    member('nats-server-v1/nats-server', 'the program'),
    Buffer.alloc(1024),
  ]);
  expect(fileInTar(archive, 'nats-server-v1/nats-server').toString()).toBe('the program');
  expect(() => fileInTar(archive, 'nats-server-v1/other')).toThrow('is not in the archive');
});

test('a program that is named and does not run is refused by name, and no other one is taken instead', async () => {
  await expect(locateNatsServer({ explicit: '/nowhere/nats-server', cacheDir: '/nowhere' })).rejects.toMatchObject({
    code: 'NATS_SERVER_MISSING',
    message: expect.stringContaining('KEYFOLD_NATS_SERVER=/nowhere/nats-server'),
  });
  await expect(locateNatsServer({ explicit: process.execPath, cacheDir: '/nowhere' })).rejects.toMatchObject({
    code: 'NATS_SERVER_MISSING',
  });
});
