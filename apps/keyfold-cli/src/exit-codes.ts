/** What the process ends with; scripts rely on these. */
export const EXIT = { ok: 0, verificationFailed: 1, usage: 2, io: 3 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A failure with its exit code and a sentence for the person at the terminal. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    readonly exitCode: ExitCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** An I/O failure in one sentence. */
export function ioError(what: string, err: unknown): CommandError {
  const reason = err instanceof Error ? err.message : String(err);
  return new CommandError(EXIT.io, `${what}: ${reason}`, { cause: err });
}
