import { type ReactNode, useRef } from 'react';
import { useMessages } from '../../text/messages-context.js';
import { Button } from '../../ui/button.js';
import { CopyButton } from '../../ui/copy.js';
import { Dialog, DialogFoot } from '../../ui/dialog.js';
import { layout } from '../../ui/layout.js';
import { useShownOnce } from '../../ui/use-shown-once.js';
import secretStyles from '../../ui/secret.module.css';

export interface WebhookSecretDialogProps {
  readonly secret: string;
  readonly onClose: () => void;
}

/** The one time that a signing secret is on a screen. */
export function WebhookSecretDialog({ secret, onClose }: WebhookSecretDialogProps): ReactNode {
  const { webhooks: text, keys } = useMessages();
  const code = useRef<HTMLElement>(null);
  useShownOnce(secret, onClose);
  return (
    <Dialog title={text.secretTitle} onClose={onClose} isInsistent>
      <p className={layout.soft}>{text.secretLead}</p>
      <dl className={secretStyles.secret}>
        <dt>{text.secret}</dt>
        <dd>
          <code ref={code} translate="no">
            {secret}
          </code>
          <CopyButton text={secret} look="primary" source={() => code.current} />
        </dd>
      </dl>
      <DialogFoot>
        <Button look="primary" onPress={onClose}>
          {keys.saved}
        </Button>
      </DialogFoot>
    </Dialog>
  );
}
