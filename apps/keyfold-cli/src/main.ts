#!/usr/bin/env node
import { run } from './run.js';

// Whoever reads our output may stop early (`| head`); that is not an error.
process.stdout.on('error', (err: NodeJS.ErrnoException) => {
  process.exitCode = err.code === 'EPIPE' ? process.exitCode : 3;
});

process.exitCode = await run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  serviceUrl: process.env['KEYFOLD_URL'],
  token: process.env['KEYFOLD_TOKEN'],
  tokenFile: process.env['KEYFOLD_TOKEN_FILE'],
  environment: process.env,
});
