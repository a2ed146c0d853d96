/** What a probe tells the bench: the log is this large, known at this moment of the machine's monotonic clock. */
export interface ProbeMessage {
  readonly size: number;
  /** Nanoseconds of CLOCK_MONOTONIC, which all processes of a machine share; as text, since JSON has no bigint. */
  readonly at: string;
}

export function tell(size: number): void {
  const message: ProbeMessage = { size, at: String(process.hrtime.bigint()) };
  process.send?.(message);
}
