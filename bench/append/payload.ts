/** What both stores are given: an event of the size that issuing a key makes, and who did it. */
export const ACTOR = 'user/0198f3a2-7c1e-7bb0-9d53-1f0c4e2a8b11';
export const CORRELATION_ID = '0198f3a2-7c1e-7bb0-9d53-1f0c4e2a8b12';

export const EVENT = {
  type: 'ApiKeyIssued',
  data: {
    userId: '0198f3a2-7c1e-7bb0-9d53-1f0c4e2a8b11',
    expiry: { days: 90 },
    readOnly: false,
    scopes: ['reports.read', 'reports.write'],
    rateLimit: { requests: 600, seconds: 60 },
    hint: 'x7Qa',
    predecessorId: null,
  },
};

/** Appends events to one stream that must not have moved meanwhile. */
export interface Writer {
  /** @param version of the stream before, 0 for a new one */
  append(streamId: string, version: number, events: number): Promise<void>;
}
