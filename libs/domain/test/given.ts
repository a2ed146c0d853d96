import { expect } from '@jest/globals';
import { DomainError, type ErrorCode, type NewEvent, type ReadEvent } from '../src/model/index.js';
import { TestLog } from './test-log.js';

/** The instant of the first given event; each further one is a second later. */
export const START_MS = Date.parse('2026-03-01T12:00:00.000Z');

type Body = {
  readonly type: string;
  readonly schemaVersion?: number;
  readonly data?: object;
  readonly sealed?: object;
};

/**
 * Makes given/when/then for one kind of stream. `fold` takes what the reader says, so given events must be readable.
 */
export function scenario<State, Command>(kind: {
  readonly stream: string;
  readonly initial: State;
  readonly fold: (state: State, read: ReadEvent) => State;
  readonly decide: (command: Command, state: State) => readonly NewEvent[];
}) {
  return (...given: readonly Body[]) => ({
    state: (): State => foldAll(given),
    when: (command: Command) => ({
      then: (...expected: readonly Body[]): void => {
        const bodies = kind
          .decide(command, foldAll(given))
          .map(({ type, schemaVersion, data, sealed }) => ({ type, schemaVersion, data, sealed }));
        expect(bodies).toEqual(expected.map((body) => ({ schemaVersion: 1, data: {}, sealed: {}, ...body })));
      },
      thenNothing: (): void => {
        expect(kind.decide(command, foldAll(given))).toEqual([]);
      },
      thenThrows: (code: ErrorCode): void => {
        expect(codeOf(() => kind.decide(command, foldAll(given)))).toBe(code);
      },
    }),
  });

  function foldAll(given: readonly Body[]): State {
    const log = new TestLog();
    return given.reduce((state, body, index) => {
      // Written by hand in each test: the reader checks it.
      const event = { stream: kind.stream, schemaVersion: 1, data: {}, sealed: {}, ...body } as NewEvent;
      const read = log.append(event, { atMs: START_MS + index * 1000 });
      expect(read).toMatchObject({ kind: 'event' });
      return kind.fold(state, read);
    }, kind.initial);
  }
}

/** The code of the DomainError that the action throws; null if it throws nothing. */
export function codeOf(action: () => unknown): ErrorCode | null {
  try {
    action();
    return null;
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
}
