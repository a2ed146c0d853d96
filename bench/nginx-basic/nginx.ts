import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@keyfold/local-servers';
import { ANSWER_END } from '../proxy/answer-end.js';
import { waitFor } from '../stack/services.js';
import type { StartedServer } from '../support/asked-server.js';
import { startChild } from '../support/child.js';
import { descendantsOf } from '../support/descendants.js';

const START_TIMEOUT_MS = 10_000;

/** Where nginx is; null if it is not on this machine. */
export function locateNginx(): string | null {
  for (const program of ['nginx', '/usr/sbin/nginx']) {
    try {
      execFileSync(program, ['-v'], { stdio: 'ignore' });
      return program;
    } catch {
      // The next place.
    }
  }
  return null;
}

/**
 * One worker that answers whoever has the password with a small file: `auth_basic` with an unsalted `{SHA}` entry, the
 * least that nginx can compute, and nothing written to a log.
 */
export async function startNginx(
  program: string,
  folder: string,
  user: { readonly name: string; readonly password: string },
): Promise<StartedServer> {
  const port = await freePort();
  // The worker may run as another user than whoever has made the folder.
  await chmod(folder, 0o755);
  await mkdir(join(folder, 'www'));
  await writeFile(join(folder, 'www', 'report.txt'), `a report${ANSWER_END}`);
  const digest = createHash('sha1').update(user.password).digest('base64');
  await writeFile(join(folder, 'users'), `${user.name}:{SHA}${digest}\n`);
  await writeFile(join(folder, 'nginx.conf'), configuration(folder, port));
  const child = startChild([program, '-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr']);
  const url = `http://127.0.0.1:${port}`;
  await waitFor('nginx', START_TIMEOUT_MS, async () => {
    if (child.process.exitCode !== null) throw new Error(`nginx ended: ${child.output().slice(-1000)}`);
    return (await fetch(url).catch(() => null))?.status === 401;
  });
  const [worker] = descendantsOf(child.process.pid ?? 0);
  return { url, pid: worker ?? 0, lines: [], stop: () => child.stop('SIGQUIT') };
}

function configuration(folder: string, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `  ${name}_temp_path ${folder}/${name};`)
    .join('\n');
  return `daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr crit;
events {
  worker_connections 512;
}
http {
${temporary}
  access_log off;
  default_type text/plain;
  keepalive_requests 1000000000;
  server {
    listen 127.0.0.1:${port};
    root ${folder}/www;
    auth_basic "bench";
    auth_basic_user_file ${folder}/users;
  }
}
`;
}
