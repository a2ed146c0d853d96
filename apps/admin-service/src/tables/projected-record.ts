import type { Category, ReadOf } from '@keyfold/domain';

/** A record of one category together with what it says. */
export interface ProjectedRecord<C extends Category> {
  readonly read: ReadOf<C>;
  readonly id: string;
  readonly position: number;
  readonly version: number;
  readonly recordedAt: string;
  readonly correlationId: string;
}
