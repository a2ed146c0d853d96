/** A write that cannot be made now and may be tried again. Its message is shown to the caller. */
export class WriteUnavailableError extends Error {
  override readonly name = 'WriteUnavailableError';

  constructor(
    message: string,
    readonly retryAfterSeconds: number,
  ) {
    super(message);
  }

  static tooMany(): WriteUnavailableError {
    return new WriteUnavailableError('Too many concurrent writes to the same resource. Try again.', 1);
  }
}
