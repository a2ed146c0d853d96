import { type ReactNode, useRef } from 'react';
import { useAuditMessages } from '../../text/audit-messages.js';
import { CopyButton } from '../../ui/copy.js';
import styles from './forks.module.css';

/** What auditors have to pin anew. */
export function PublicKey({ publicKey }: { readonly publicKey: string }): ReactNode {
  const { forks: text } = useAuditMessages();
  const code = useRef<HTMLElement>(null);
  return (
    <p className={styles.key}>
      <span>{text.publicKey}</span>
      <code ref={code} translate="no">
        {publicKey}
      </code>
      <CopyButton text={publicKey} source={() => code.current} />
    </p>
  );
}
