/** The port that was asked for is taken by another process. */
export class PortTakenError extends Error {
  readonly code = 'PORT_TAKEN';
  constructor(
    readonly port: number,
    message: string,
  ) {
    super(message);
  }
}

/** A living process already runs a server on this data. */
export class DataInUseError extends Error {
  readonly code = 'DATA_IN_USE';
}

/** There is no nats-server program and none could be fetched; the message says how to install one. */
export class NatsServerMissingError extends Error {
  readonly code = 'NATS_SERVER_MISSING';
}
