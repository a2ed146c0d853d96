/** Reads members of an event's data without trusting their shape: an older or newer version may lack one. */
export class EventData {
  constructor(private readonly members: Readonly<Record<string, unknown>>) {}

  text(name: string): string {
    const value = this.members[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '?';
  }

  /** `maxApiKeyLifetimeDays: 180 → 30` for each member of `before` and `after`. */
  changes(): string {
    const [before, after] = [this.record('before'), this.record('after')];
    return Object.keys(after)
      .map((name) => `${name}: ${plain(before[name])} → ${plain(after[name])}`)
      .join(', ');
  }

  names(): string {
    return Object.keys(this.members).join(', ');
  }

  private record(name: string): Record<string, unknown> {
    const value = this.members[name];
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  }
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
