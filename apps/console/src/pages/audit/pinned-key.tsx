import { type ReactNode, useState } from 'react';
import { useAuditMessages } from '../../text/audit-messages.js';
import { useMessages } from '../../text/messages-context.js';
import { Button } from '../../ui/button.js';
import { Dialog, DialogFoot } from '../../ui/dialog.js';
import { TextField, textOf } from '../../ui/field.js';
import { Form } from '../../ui/form.js';
import { layout } from '../../ui/layout.js';
import { readVerifierKey } from './signed-note.js';
import styles from './audit.module.css';

const PINNED = 'keyfold.log-key';

export function storedPin(): string | null {
  return localStorage.getItem(PINNED);
}

export interface PinKeyProps {
  readonly onPinned: (key: string) => void;
  /** This browser does not know the kind of key. */
  readonly onImpossible: () => void;
}

/** Asks for the log's public key; it stays in this browser. */
export function PinKey({ onPinned, onImpossible }: PinKeyProps): ReactNode {
  const { proof: text } = useAuditMessages();
  const [problem, setProblem] = useState<string | null>(null);
  const pin = async (key: string): Promise<void> => {
    try {
      if ((await readVerifierKey(key)) === null) {
        setProblem(text.badKey);
        return;
      }
    } catch {
      onImpossible();
      return;
    }
    localStorage.setItem(PINNED, key);
    onPinned(key);
  };
  return (
    <Form
      problems={problem === null ? {} : { key: problem }}
      onSend={(form) => {
        setProblem(null);
        void pin(textOf(new FormData(form), 'key').trim());
      }}
    >
      <TextField
        label={text.key}
        name="key"
        hint={text.keyHint}
        isRequired
        autoComplete="off"
        inputProps={{ spellCheck: false }}
      />
      <div className={layout.actions}>
        <Button type="submit" look="primary">
          {text.pin}
        </Button>
      </div>
    </Form>
  );
}

/** Which key is pinned. Forgetting it takes a second thought: a log that was taken over would ask for just that. */
export function PinnedKey({
  pinned,
  onForgotten,
}: {
  readonly pinned: string;
  readonly onForgotten: () => void;
}): ReactNode {
  const { proof: text } = useAuditMessages();
  const { common } = useMessages();
  const [isAsking, setIsAsking] = useState(false);
  return (
    <details>
      <summary>{text.pinned}</summary>
      <div className={styles.fold}>
        <p className={layout.small}>{text.pinnedText}</p>
        <code className={styles.code} dir="ltr">
          {pinned}
        </code>
        <div className={layout.actions}>
          <Button size="small" onPress={() => setIsAsking(true)}>
            {text.unpin}
          </Button>
        </div>
      </div>
      {isAsking && (
        <Dialog title={text.unpinTitle} role="alertdialog" onClose={() => setIsAsking(false)}>
          <p>{text.unpinText}</p>
          <DialogFoot>
            <Button onPress={() => setIsAsking(false)}>{common.cancel}</Button>
            <Button
              look="danger"
              onPress={() => {
                localStorage.removeItem(PINNED);
                onForgotten();
              }}
            >
              {text.unpinConfirm}
            </Button>
          </DialogFoot>
        </Dialog>
      )}
    </details>
  );
}
