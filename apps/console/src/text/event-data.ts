/** Reads members of an event's data without trusting their shape: an older or newer version may lack one. */
export class EventData {
  /**
   * @param members of the record's `data`
   * @param formatInstant how an instant (RFC 3339) is written in the reader's language and time zone
   */
  constructor(
    private readonly members: Readonly<Record<string, unknown>>,
    private readonly formatInstant: (at: string) => string = (at) => at,
  ) {}

  has(name: string): boolean {
    return Object.hasOwn(this.members, name);
  }

  text(name: string, otherwise = '?'): string {
    const value = this.members[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : otherwise;
  }

  number(name: string): number | null {
    const value = this.members[name];
    return typeof value === 'number' ? value : null;
  }

  /** A member that has members itself. */
  member(name: string): EventData {
    return new EventData(membersOf(this.members[name]), this.formatInstant);
  }

  /** The entries of a list, with commas between them; `nothing` where it is empty. */
  list(name: string, nothing: string): string {
    const value = this.members[name];
    if (!Array.isArray(value)) return '?';
    return value.length === 0 ? nothing : value.map(plain).join(', ');
  }

  /** An instant that one of the members gave. */
  instant(at: string): string {
    return Number.isNaN(Date.parse(at)) ? at : this.formatInstant(at);
  }

  /** What changed from `before` to `after`: `maxApiKeyLifetimeDays 180 → 30`; of a list what was added and removed. */
  changes(): string {
    const [before, after] = [membersOf(this.members['before']), membersOf(this.members['after'])];
    return Object.keys(after)
      .map((name) => `${name} ${changeOf(before[name], after[name])}`)
      .join(', ');
  }
}

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function changeOf(before: unknown, after: unknown): string {
  if (!Array.isArray(before) || !Array.isArray(after)) return `${plain(before)} → ${plain(after)}`;
  const [old, now] = [before.map(plain), after.map(plain)];
  const added = now.filter((entry) => !old.includes(entry)).map((entry) => `+${entry}`);
  const removed = old.filter((entry) => !now.includes(entry)).map((entry) => `−${entry}`);
  return [...added, ...removed].join(' ');
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
