import type { ReactNode } from 'react';
import { useMessages } from '../text/messages-context.js';
import { Button } from './button.js';
import { Callout } from './callout.js';
import { ProblemNotice } from './problem-notice.js';

export interface ActionStatusProps {
  readonly of: { readonly error: unknown; readonly isSlow: boolean; readonly stop: () => void };
}

/** What an action that a person began has come to: under way for long, with a way to stop waiting, or failed. */
export function ActionStatus({ of: action }: ActionStatusProps): ReactNode {
  const { common } = useMessages();
  if (!action.isSlow) return <ProblemNotice error={action.error} />;
  return (
    <div role="status">
      <Callout
        tone="info"
        actions={
          <Button size="small" onPress={action.stop}>
            {common.stopWaiting}
          </Button>
        }
      >
        {common.slow}
      </Callout>
    </div>
  );
}
