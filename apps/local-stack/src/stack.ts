import { join } from 'node:path';
import { checkoutRoot, type LocalNats, type LocalPostgres, locateNatsServer } from '@keyfold/local-servers';
import { DataDirectory } from './data-directory.js';
import { type DatabaseUrls, prepareDatabases } from './databases.js';
import { embeddedNats, embeddedPostgres } from './embedded-servers.js';
import { LogFile } from './log-file.js';
import { checkPorts } from './port-check.js';
import { type Credentials, prepareSecrets, rememberAdministrator, type Secrets } from './secrets.js';
import { isWorthShowing, type ServiceProcess, startProgram } from './service-process.js';
import { type BrokerUrls, type ServiceVariables, serviceVariables, writeJoinFile } from './service-variables.js';
import { type Environment, reachableHost, type StackConfig } from './stack-config.js';
import { StartError, StoppedError } from './start-error.js';
import { Supervised } from './supervised.js';
import { waitUntilReady } from './wait-until-ready.js';

type ServiceName = 'admin-service' | 'auth-gateway';

export interface StartedStack {
  readonly secrets: Secrets;
  readonly variables: ServiceVariables;
  /** To be called once the operator has been told the first password. */
  passwordWasShown(): Promise<void>;
}

/** Everything that `npm start` runs, started from the servers to the services and stopped the other way round. */
export class Stack {
  private data: DataDirectory | undefined;
  private postgres: Supervised<LocalPostgres> | undefined;
  private nats: Supervised<LocalNats> | undefined;
  private readonly services: Supervised<ServiceProcess>[] = [];
  private migration: Supervised<ServiceProcess> | undefined;
  private readonly stopping = new AbortController();

  constructor(
    private readonly config: StackConfig,
    private readonly log: (line: string) => void,
  ) {}

  /**
   * Resolves when both services are ready. If it rejects, {@link stop} stops what has been started.
   *
   * @throws StartError, ConfigError and errors of the servers, all with a message for the operator
   * @throws StoppedError if {@link stop} was called before it was done
   */
  async start(): Promise<StartedStack> {
    const data = await DataDirectory.open(this.config.dataDir, this.log);
    this.data = data;
    await checkPorts(this.config);
    const secrets = await prepareSecrets(data, this.config);
    this.continueUnlessStopped();
    const [databases, brokers] = await this.both(
      this.startDatabases(data, secrets.credentials),
      this.startBroker(data, secrets.credentials),
    );
    const variables = await serviceVariables({ data, config: this.config, secrets, databases, brokers });
    await writeJoinFile(data, variables);
    await this.both(
      this.migrate(data, variables).then(() => this.startService('admin-service', data, variables.admin)),
      this.startService('auth-gateway', data, variables.gateway),
    );
    return { secrets, variables, passwordWasShown: () => rememberAdministrator(data) };
  }

  /** Services first, so that they answer what they have begun; then NATS, then Postgres. Nothing is left running. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all([this.migration?.stop(), ...this.services.map((service) => service.stop())]);
    await this.nats?.stop();
    await this.postgres?.stop();
    this.data?.close();
  }

  private async startDatabases(data: DataDirectory, credentials: Credentials): Promise<DatabaseUrls> {
    const { KEYFOLD_DATABASE_URL: service, KEYFOLD_DATABASE_OWNER_URL: owner } = this.config.given;
    const gateway = this.config.given.KEYFOLD_GATEWAY_DATABASE_URL;
    if (service !== undefined) return { service, owner: owner ?? service, gateway: gateway ?? service };
    this.postgres = embeddedPostgres(data, this.log);
    const server = await this.postgres.start();
    this.postgres.keepRunning();
    this.continueUnlessStopped();
    const urls = await prepareDatabases(server.superuserUrl('postgres'), server.port, credentials);
    return { ...urls, ...(gateway === undefined ? {} : { gateway }) };
  }

  private async startBroker(data: DataDirectory, credentials: Credentials): Promise<BrokerUrls> {
    const { KEYFOLD_NATS_URL: admin, KEYFOLD_GATEWAY_NATS_URL: gateway } = this.config.given;
    if (admin !== undefined) return { admin, gateway: gateway ?? admin };
    // Not part of what is stopped: a Ctrl-C need not wait for a download.
    const program = await locateNatsServer({ cacheDir: join(checkoutRoot(), '.keyfold', 'bin'), log: this.log });
    this.continueUnlessStopped();
    this.nats = embeddedNats(data, credentials, program, this.log);
    const { port } = await this.nats.start();
    this.nats.keepRunning();
    return {
      admin: `nats://admin-service:${credentials.natsAdmin}@127.0.0.1:${port}`,
      gateway: `nats://auth-gateway:${credentials.natsGateway}@127.0.0.1:${port}`,
    };
  }

  private async migrate(data: DataDirectory, variables: ServiceVariables): Promise<void> {
    this.continueUnlessStopped();
    const file = new LogFile(data.file('logs/migration.log'));
    this.migration = new Supervised(
      'migration',
      () => startProgram({ app: 'admin-service', entry: 'migrate', env: variables.migration, onLine: file.write }),
      this.log,
    );
    const child = await this.migration.start();
    const code = await child.exited;
    await file.close();
    this.continueUnlessStopped();
    if (code !== 0) throw new StartError(`The migration of the database failed:\n${child.lastLines()}`);
  }

  private async startService(name: ServiceName, data: DataDirectory, env: Environment): Promise<void> {
    this.continueUnlessStopped();
    const file = new LogFile(data.file(`logs/${name}.log`));
    const onLine = (line: string): void => {
      file.write(line);
      if (isWorthShowing(line)) this.log(`${name}: ${line}`);
    };
    const service = new Supervised(
      name,
      async () => {
        const child = await startProgram({ app: name, entry: 'main', env, onLine });
        await data.rememberProcess(name, child.pid);
        return child;
      },
      this.log,
    );
    this.services.push(service);
    const child = await service.start();
    const { opsHost, ports } = this.config;
    const port = name === 'admin-service' ? ports.KEYFOLD_ADMIN_OPS_PORT : ports.KEYFOLD_GATEWAY_OPS_PORT;
    const url = `http://${reachableHost(opsHost)}:${port}/readyz`;
    await waitUntilReady({ name, url, service: child, signal: this.stopping.signal });
    service.keepRunning();
  }

  private continueUnlessStopped(): void {
    if (this.stopping.signal.aborted) throw new StoppedError();
  }

  /** Like Promise.all, but if one fails the other is given up too and has come to rest when the failure is thrown. */
  private async both<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
    const giveUp = (err: unknown): never => {
      this.stopping.abort();
      throw err;
    };
    const results = await Promise.allSettled([first.catch(giveUp), second.catch(giveUp)]);
    const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    if (errors.length > 0) throw errors.find(isRealError) ?? new StoppedError();
    return Promise.all([first, second]);
  }
}

function isRealError(err: unknown): err is Error {
  return err instanceof Error && !(err instanceof StoppedError);
}
