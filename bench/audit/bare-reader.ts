import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/*
 * The least that any check of an export does: reads its lines, parses each and hashes it. Sends the milliseconds that
 * it took to the process that started this one.
 */
const [file = ''] = process.argv.slice(2);
const start = performance.now();
const hash = createHash('sha256');
for await (const line of createInterface({ input: createReadStream(file, { highWaterMark: 1024 * 1024 }) })) {
  JSON.parse(line);
  hash.update(line);
}
hash.digest();
process.send?.(performance.now() - start);
process.disconnect();
