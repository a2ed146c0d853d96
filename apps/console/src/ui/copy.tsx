import { type ReactNode, useRef, useState } from 'react';
import { useMessages } from '../text/messages-context.js';
import { Button, type ButtonLook } from './button.js';

export interface CopyButtonProps {
  readonly text: string;
  readonly label?: string;
  readonly look?: ButtonLook;
  /** The element that shows the text; selected where nothing can be copied. */
  readonly source: () => HTMLElement | null;
}

/** Copies a text; where the browser has no clipboard (plain http on a network), selects it and says so. */
export function CopyButton({ text, label, look = 'secondary', source }: CopyButtonProps): ReactNode {
  const { common } = useMessages();
  const [outcome, setOutcome] = useState<'copied' | 'selected' | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const show = (next: 'copied' | 'selected'): void => {
    setOutcome(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setOutcome(null), 4_000);
  };
  const copy = async (): Promise<void> => {
    if (await writeClipboard(text)) {
      show('copied');
      return;
    }
    const element = source();
    if (element !== null) getSelection()?.selectAllChildren(element);
    // The old way; it copies the selection.
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- it works where the Clipboard API is missing
    show(document.execCommand('copy') ? 'copied' : 'selected');
  };
  return (
    <>
      <Button look={look} size="small" onPress={() => void copy()}>
        {outcome === 'copied' ? common.copied : (label ?? common.copy)}
      </Button>
      <span role="status" className={outcome === 'selected' ? undefined : 'visually-hidden'}>
        {outcome === 'selected' ? common.selected : outcome === 'copied' ? common.copied : ''}
      </span>
    </>
  );
}

async function writeClipboard(text: string): Promise<boolean> {
  // The type says that it is always there; without a secure context it is not.
  const { clipboard } = navigator as { clipboard?: Clipboard };
  try {
    await clipboard?.writeText(text);
    return clipboard !== undefined;
  } catch {
    return false;
  }
}
