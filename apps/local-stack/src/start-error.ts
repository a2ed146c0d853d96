/** The system cannot be started for a reason that the operator can act on; the message is all that is printed. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Ctrl-C came while the system was starting. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';
}
