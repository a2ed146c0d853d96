/** A Map of V8 ends at 2^24 entries; a log may have more streams than that. */
const STREAMS_PER_MAP = 8_000_000;

/** The last version seen of each stream. */
export class StreamVersions {
  private readonly full: Map<string, number>[] = [];
  private current = new Map<string, number>();

  constructor(private readonly streamsPerMap = STREAMS_PER_MAP) {}

  /** The version after the last one seen, 1 for a new stream. */
  next(stream: string): number {
    const known = this.current.get(stream) ?? this.holderOf(stream)?.get(stream) ?? 0;
    return known + 1;
  }

  set(stream: string, version: number): void {
    const holder = this.current.has(stream) ? this.current : this.holderOf(stream);
    if (holder !== undefined) {
      holder.set(stream, version);
      return;
    }
    if (this.current.size >= this.streamsPerMap) {
      this.full.push(this.current);
      this.current = new Map();
    }
    this.current.set(stream, version);
  }

  private holderOf(stream: string): Map<string, number> | undefined {
    return this.full.find((map) => map.has(stream));
  }
}
