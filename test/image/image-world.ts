import { execFile as execFileWithCallback } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { parse } from 'yaml';
import { freePort, type LocalNats, type LocalPostgres, startNats, startPostgres } from '@keyfold/local-servers';
import { makeBaseImage, npmSettings } from './base-image.js';
import { Buildah } from './buildah.js';
import { type ContainerCommand, ContainerProcess, runInContainer } from './container-process.js';

const execFile = promisify(execFileWithCallback);
const CHECKOUT = join(import.meta.dirname, '..', '..');
const SECRETS = '/run/secrets';
/** The operations ports have an address of their own, as they have in docker-compose.yml. */
export const OPS_HOST = '127.0.0.2';

interface Service {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string | null>>;
  readonly healthcheck?: { readonly test: readonly string[] };
}
export type ServiceName = 'migrate' | 'admin-service' | 'auth-gateway';

/** The image as the Dockerfile makes it, and what docker-compose.yml runs of it, on servers of this machine's. */
export class ImageWorld {
  private readonly running: ContainerProcess[] = [];
  private readonly containers = new Map<string, { readonly name: string; readonly root: string }>();

  private postgres: LocalPostgres | undefined;
  private nats: LocalNats | undefined;

  private constructor(
    private readonly folder: string,
    private readonly buildah: Buildah,
    private readonly services: Readonly<Record<ServiceName, Service>>,
    readonly ports: Readonly<Record<Port, number>>,
  ) {}

  /** Builds the image; nothing runs yet. */
  static async build(): Promise<ImageWorld> {
    const compose = parse(await read('docker-compose.yml'), { merge: true }) as {
      services: Record<ServiceName, Service>;
    };
    const folder = await mkdtemp(join(tmpdir(), 'keyfold-image-'));
    const ports = Object.fromEntries(await Promise.all(PORTS.map(async (name) => [name, await freePort()] as const)));
    const world = new ImageWorld(folder, await Buildah.open(), compose.services, ports as Record<Port, number>);
    try {
      await world.buildImage();
      return world;
    } catch (error) {
      await world.remove();
      throw error;
    }
  }

  private async buildImage(): Promise<void> {
    const base = await makeBaseImage(this.buildah, await read('Dockerfile'));
    const npmrc = join(this.folder, 'npmrc');
    await writeFile(npmrc, await npmSettings(), { mode: 0o600 });
    const options = ['--isolation', 'chroot', '--pull-never', '--layers=false', '--secret', `id=npmrc,src=${npmrc}`];
    await this.buildah.run('build', ...options, '--build-arg', `NODE_IMAGE=${base}`, '-t', IMAGE, CHECKOUT);
  }

  /** The image's configuration as an engine reads it. */
  async configuration(): Promise<Record<string, unknown>> {
    const all = JSON.parse(await this.buildah.run('inspect', '--type', 'image', IMAGE)) as {
      OCIv1: { config: object };
    };
    return all.OCIv1.config as Record<string, unknown>;
  }

  /** Postgres and NATS with the secrets that the image itself makes, as docker-compose.yml sets both up. */
  async startServers(): Promise<void> {
    await mkdir(join(this.folder, 'checkout'));
    await this.run('secrets', {
      command: ['keyfold', 'compose-secrets', '/checkout/.keyfold/compose'],
      user: '0:0',
      volumes: { '/checkout': join(this.folder, 'checkout') },
    });
    this.postgres = await startPostgres({ dataDir: await this.subfolder('postgres'), fast: true });
    const client = new pg.Client({ connectionString: this.postgres.superuserUrl('postgres') });
    await client.connect();
    // One at a time: a database is not created inside of a transaction.
    for (const statement of (await this.secret('postgres-init.sql')).split('\n')) await client.query(statement);
    await client.end();
    await this.startNats();
    await this.provideSecrets();
  }

  private async startNats(): Promise<void> {
    const [port, monitoringPort, storeDir] = [await freePort(), await freePort(), await this.subfolder('nats')];
    const configFile = join(await this.subfolder('etc/nats'), 'keyfold.conf');
    await this.subfolder('run/secrets');
    await cp(this.secretFile('nats-passwords'), join(this.folder, 'run/secrets/nats-passwords'));
    const text = (await read('deploy/nats.conf'))
      .replace('"0.0.0.0"', '"127.0.0.1"')
      .replace('port: 4222', `port: ${port}`)
      .replace(':8222', `:${monitoringPort}`)
      .replace('"/data"', JSON.stringify(storeDir));
    await writeFile(configFile, text);
    this.nats = await startNats({ storeDir, configFile, port });
  }

  /**
   * What the services find in /run/secrets, by the names of docker-compose.yml; the servers are where this machine has
   * them.
   */
  private async provideSecrets(): Promise<void> {
    const compose = parse(await read('docker-compose.yml')) as { secrets: Record<string, { file: string }> };
    for (const [name, { file }] of Object.entries(compose.secrets)) {
      const text = await this.secret(file.split('/').at(-1) ?? '');
      const here = text
        .replace('@postgres:5432/', `@127.0.0.1:${this.postgres?.port ?? 0}/`)
        .replace('@nats:4222', `@127.0.0.1:${this.nats?.port ?? 0}`);
      await writeFile(join(this.folder, 'run/secrets', name), here);
    }
  }

  private async subfolder(name: string): Promise<string> {
    const path = join(this.folder, name);
    await mkdir(path, { recursive: true });
    return path;
  }

  private secretFile(name: string): string {
    return join(this.folder, 'checkout/.keyfold/compose', name);
  }

  /** @returns the text of one of the files that `keyfold compose-secrets` made */
  async secret(name: string): Promise<string> {
    return (await readFile(this.secretFile(name), 'utf8')).trim();
  }

  async secretNames(): Promise<string[]> {
    return readdir(join(this.folder, 'checkout/.keyfold/compose'));
  }

  /** A container's files, seen from outside. */
  async rootOf(container: string): Promise<string> {
    return (await this.container(container)).root;
  }

  /** What the image's user has written into a container since the servers were started, but below /tmp. */
  async writtenBy(container: string): Promise<string[]> {
    const { root } = await this.container(container);
    const since = join(this.folder, 'run/secrets/shared-secret');
    const conditions = ['-xdev', '-newer', since, '-user', '1000', '-type', 'f', '-not', '-path', `${root}/tmp/*`];
    const { stdout } = await execFile('find', [root, ...conditions, '-printf', '%P\n']);
    return stdout
      .split('\n')
      .filter((path) => path !== '')
      .sort();
  }

  private async container(name: string): Promise<{ readonly name: string; readonly root: string }> {
    const known = this.containers.get(name);
    if (known !== undefined) return known;
    const made = await this.buildah.container(IMAGE);
    this.containers.set(name, made);
    return made;
  }

  /** Runs a program in a container of that name. */
  async run(container: string, command: ContainerCommand): Promise<string> {
    return runInContainer(this.buildah, (await this.container(container)).name, command);
  }

  /** Runs the migration as docker-compose.yml does. */
  async migrate(): Promise<void> {
    await this.run('migrate', this.commandOf('migrate'));
  }

  /** Starts a service as docker-compose.yml does and waits until it is ready. */
  async start(service: 'admin-service' | 'auth-gateway'): Promise<ContainerProcess> {
    const { name } = await this.container(service);
    const started = await ContainerProcess.start(this.buildah, name, this.commandOf(service));
    this.running.push(started);
    const port = this.ports[service === 'admin-service' ? 'KEYFOLD_ADMIN_OPS_PORT' : 'KEYFOLD_GATEWAY_OPS_PORT'];
    await started.ready(`http://${OPS_HOST}:${port}/readyz`);
    return started;
  }

  private commandOf(service: ServiceName): ContainerCommand {
    const { command, environment } = this.services[service];
    const env: Record<string, string> = {};
    for (const [name, value] of Object.entries(environment)) if (value !== null) env[name] = value;
    for (const [name, port] of Object.entries(this.ports)) env[name] = String(port);
    const here = {
      KEYFOLD_HOST: '127.0.0.1',
      KEYFOLD_OPS_HOST: OPS_HOST,
      KEYFOLD_ADMIN_INTERNAL_URL: `http://127.0.0.1:${this.ports.KEYFOLD_ADMIN_INTERNAL_PORT}`,
    };
    return { command, env: { ...env, ...here }, volumes: { [SECRETS]: join(this.folder, 'run/secrets') } };
  }

  /** Runs a service's health check as an engine does. @returns whether it says that the service is well */
  async isHealthy(service: 'admin-service' | 'auth-gateway'): Promise<boolean> {
    const [kind, ...words] = this.services[service].healthcheck?.test ?? [];
    if (kind !== 'CMD') throw new Error(`no check of ${service} that an engine runs without a shell`);
    const port = this.ports[service === 'admin-service' ? 'KEYFOLD_ADMIN_OPS_PORT' : 'KEYFOLD_GATEWAY_OPS_PORT'];
    const command = words.map((word) =>
      word.replaceAll('$$', '$').replace(/\/dev\/tcp\/[a-z-]+\/\d+/, `/dev/tcp/${OPS_HOST}/${port}`),
    );
    return this.run(service, { command }).then(
      () => true,
      () => false,
    );
  }

  async remove(): Promise<void> {
    for (const running of this.running) await running.kill();
    await this.nats?.stop();
    await this.postgres?.stop('immediate');
    await this.buildah.remove();
    await rm(this.folder, { recursive: true, force: true });
  }
}

const IMAGE = 'localhost/keyfold:test';
const PORTS = [
  'KEYFOLD_ADMIN_PORT',
  'KEYFOLD_ADMIN_OPS_PORT',
  'KEYFOLD_ADMIN_INTERNAL_PORT',
  'KEYFOLD_GATEWAY_PORT',
  'KEYFOLD_GATEWAY_OPS_PORT',
] as const;
type Port = (typeof PORTS)[number];

function read(path: string): Promise<string> {
  return readFile(join(CHECKOUT, path), 'utf8');
}
