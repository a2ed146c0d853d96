import type { JsonValue } from '@keyfold/domain';
import type { Readiness } from '@keyfold/service-kit';

/** Where a worker listens. The ports are the same for all of them. */
export interface ListeningAt {
  readonly url: string;
  readonly proxyUrl: string | null;
}

/** What the primary asks of each worker, and what comes back. */
export interface Answers {
  readonly readiness: Readiness;
  /** A registry as JSON, the form that prom-client merges. */
  readonly metrics: object;
}
export type Question = keyof Answers;

/** From a worker to the primary. */
export type FromWorker =
  | { readonly keyfold: 'listening'; readonly at: ListeningAt }
  /** The sentence for the operator; null if the worker has written what it knows to its log. */
  | { readonly keyfold: 'cannot-start'; readonly sentence: string | null }
  | { readonly keyfold: 'answer'; readonly id: number; readonly answer: Answers[Question] }
  | { readonly keyfold: 'ask-primary'; readonly id: number; readonly topic: string; readonly body: JsonValue }
  | { readonly keyfold: 'to-siblings'; readonly topic: string; readonly body: JsonValue };

/** From the primary to a worker. */
export type FromPrimary =
  | { readonly keyfold: 'ask'; readonly id: number; readonly question: Question }
  | { readonly keyfold: 'primary-answer'; readonly id: number; readonly body: JsonValue }
  | { readonly keyfold: 'from-sibling'; readonly topic: string; readonly body: JsonValue };

/** Whether it is one of ours: libraries use the same channel. Both ends are one program, so nothing else is checked. */
export function isOurs(message: unknown): message is { readonly keyfold: string } {
  return typeof message === 'object' && message !== null && 'keyfold' in message;
}
