import type { HttpLoad } from './http-load.js';
import { runHttpLoad } from './http-load.js';

// The bench alone starts this, with what it has made.
const load = JSON.parse(process.argv[2] ?? '{}') as HttpLoad;
process.stdout.write(`${JSON.stringify(await runHttpLoad(load))}\n`);
