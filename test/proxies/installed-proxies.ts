import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkoutRoot, freePort, type GuardedProcess, spawnGuarded } from '@keyfold/local-servers';
import { eventually } from '@keyfold/testing/eventually';

/** A real proxy with the shipped configuration. */
export interface RunningProxy {
  readonly url: string;
  readonly pid: number;
  /** What it has written so far. */
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

/** Where the placeholders of the shipped files lead: host and port each. */
export interface ProxySurroundings {
  readonly gateway: string;
  readonly app: string;
}

export type ProxyStarter = (around: ProxySurroundings) => Promise<RunningProxy>;

const STOP_MS = 10_000;
const DEPLOY = join(checkoutRoot(), 'deploy');

/** The path of a shipped file. */
export function shipped(path: string): string {
  return join(DEPLOY, path);
}

interface Prepared {
  readonly program: string;
  readonly args: readonly string[];
  /** Arguments with which the program checks the same configuration and ends. */
  readonly check: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

type Preparation = (
  around: ProxySurroundings & { readonly listen: string; readonly folder: string },
) => Promise<Prepared>;

/** nginx has no variables in its configuration, so the placeholders are filled in as the file's header says. */
const nginx: Preparation = async ({ app, folder, gateway, listen }) => {
  const values: Readonly<Record<string, string>> = {
    KEYFOLD_LISTEN: listen,
    KEYFOLD_GATEWAY: gateway,
    KEYFOLD_APP: app,
  };
  const template = await readFile(shipped('nginx/keyfold.conf.template'), 'utf8');
  const site = template.replace(/\$\{(\w+)\}/g, (_placeholder, name: string) => values[name] ?? '');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (of) => `${of}_temp_path ${folder}/${of};`,
  );
  const main = join(folder, 'nginx.conf');
  await writeFile(join(folder, 'keyfold.conf'), site);
  await writeFile(
    main,
    [
      // Started by root, it would write its temporary files as somebody who may not enter this folder.
      ...(process.getuid?.() === 0 ? ['user root;'] : []),
      'worker_processes 1;',
      `pid ${folder}/nginx.pid;`,
      'error_log stderr;',
      'events {}',
      `http { access_log off; ${temporary.join(' ')} include ${folder}/keyfold.conf; }`,
    ].join('\n'),
  );
  const args = ['-e', 'stderr', '-c', main];
  return { program: 'nginx', args: [...args, '-g', 'daemon off;'], check: [...args, '-t'] };
};

/** The same, but that clients speak HTTP/2 to it: what `listen` says besides the address is the operator's. */
const nginxForHttp2: Preparation = ({ listen, ...around }) => nginx({ ...around, listen: `${listen} http2` });

const haproxy: Preparation = ({ app, gateway, listen }) => {
  const file = shipped('haproxy/haproxy.cfg');
  return Promise.resolve({
    program: 'haproxy',
    args: ['-db', '-f', file],
    check: ['-c', '-f', file],
    env: { KEYFOLD_LISTEN: listen, KEYFOLD_GATEWAY: gateway, KEYFOLD_APP: app },
  });
};

/** The operator's addition to `bind`, in a copy: the file takes only the address from outside. */
const haproxyForHttp2: Preparation = async (around) => {
  const prepared = await haproxy(around);
  const file = join(around.folder, 'haproxy.cfg');
  const shippedText = await readFile(shipped('haproxy/haproxy.cfg'), 'utf8');
  await writeFile(file, shippedText.replace('bind "${KEYFOLD_LISTEN}"\n', 'bind "${KEYFOLD_LISTEN}" proto h2\n'));
  await copyFile(shipped('haproxy/keyfold.lua'), join(around.folder, 'keyfold.lua'));
  const withCopy = (args: readonly string[]): string[] => [...args.slice(0, -1), file];
  return { ...prepared, args: withCopy(prepared.args), check: withCopy(prepared.check) };
};

const caddy: Preparation = ({ app, folder, gateway, listen }) => {
  const file = ['--adapter', 'caddyfile', '--config', shipped('caddy/Caddyfile')];
  const addresses = {
    KEYFOLD_LISTEN: `http://:${listen.replace(/.*:/, '')}`,
    KEYFOLD_GATEWAY: gateway,
    KEYFOLD_APP: app,
  };
  return Promise.resolve({
    program: 'caddy',
    args: ['run', ...file],
    check: ['validate', ...file],
    env: { ...addresses, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
  });
};

/** Checks the configuration with the program's own check first: what that says is clearer than what a start does. */
function starter(prepare: Preparation): ProxyStarter {
  return async (around) => {
    const folder = await mkdtemp(join(tmpdir(), 'keyfold-proxy-'));
    const port = await freePort();
    const prepared = await prepare({ ...around, listen: `127.0.0.1:${port}`, folder });
    const lines: string[] = [];
    const run = (args: readonly string[]): Promise<GuardedProcess> =>
      spawnGuarded({
        program: prepared.program,
        args,
        cwd: folder,
        env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin`, ...prepared.env },
        orphanSignal: 'TERM',
        onLine: (line) => void lines.push(line),
      });
    const code = await (await run(prepared.check)).exited;
    if (code !== 0) throw new Error(`${prepared.program} refuses its configuration:\n${lines.join('\n')}`);
    const child = await run(prepared.args);
    await listening(child, port, lines);
    return {
      url: `http://127.0.0.1:${port}`,
      pid: child.pid,
      lines,
      stop: async () => {
        await child.stop('SIGTERM', STOP_MS);
        await rm(folder, { recursive: true, force: true });
      },
    };
  };
}

/** By their names; each runs the file that `deploy/` ships. */
export const startNginx = starter(nginx);
export const startHaproxy = starter(haproxy);
export const startNginxForHttp2 = starter(nginxForHttp2);
export const startHaproxyForHttp2 = starter(haproxyForHttp2);
export const startCaddy = starter(caddy);

async function listening(child: GuardedProcess, port: number, lines: readonly string[]): Promise<void> {
  const codes: (number | null)[] = [];
  void child.exited.then((code) => codes.push(code));
  await eventually(async () => {
    if (codes.length === 0) await reach(port);
  }, 60_000);
  if (codes.length > 0) throw new Error(`the proxy ended before it listened:\n${lines.join('\n')}`);
}

function reach(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}
