import type { ReactNode } from 'react';
import { Problem } from '../api/http.js';
import { useMessages } from '../text/messages-context.js';
import { fieldSentence, sentenceOf } from '../text/problem-text.js';
import { Button } from './button.js';
import { Callout } from './callout.js';

/** What went wrong, and the way to go on. */
export function ProblemNotice({
  error,
  onRetry,
  retry,
}: {
  readonly error: unknown;
  readonly onRetry?: () => void;
  /** What the button says where it does something else than try again. */
  readonly retry?: string;
}): ReactNode {
  const messages = useMessages();
  if (error === null || error === undefined) return null;
  const sentence = error instanceof Problem ? sentenceOf(error, messages) : messages.problems.unexpected;
  return (
    <Callout
      tone="bad"
      actions={
        onRetry !== undefined && (
          <Button size="small" onPress={onRetry}>
            {retry ?? messages.common.retry}
          </Button>
        )
      }
    >
      {sentence}
    </Callout>
  );
}

export type FieldErrors = (error: unknown) => Record<string, string>;

/** The problems of single fields in the reader's language, by the names that their form gives them. */
export function useFieldErrors(): FieldErrors {
  const messages = useMessages();
  return (error) => {
    if (!(error instanceof Problem)) return {};
    return Object.fromEntries(
      error.errors.map((problem) => [problem.path.split('/')[1] ?? '', fieldSentence(problem, messages)]),
    );
  };
}
