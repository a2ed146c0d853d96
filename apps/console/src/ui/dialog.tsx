import type { ReactNode } from 'react';
import { Dialog as AriaDialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import styles from './dialog.module.css';

export { styles as dialogStyles };

export interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly isWide?: boolean;
  /** Only its own buttons close it: neither Escape nor a click outside. */
  readonly isInsistent?: boolean;
  readonly role?: 'dialog' | 'alertdialog';
  readonly children: ReactNode;
}

/** A modal dialog; it is open as long as it is rendered. */
export function Dialog(props: DialogProps): ReactNode {
  const { title, onClose, isWide = false, isInsistent = false, role = 'dialog', children } = props;
  return (
    <ModalOverlay
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
      isDismissable={!isInsistent}
      isKeyboardDismissDisabled={isInsistent}
      className={styles.overlay ?? ''}
    >
      <Modal className={`${styles.modal ?? ''} ${isWide ? (styles.wide ?? '') : ''}`}>
        <AriaDialog role={role} className={styles.dialog ?? ''}>
          <Heading slot="title" level={2}>
            {title}
          </Heading>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

export function DialogFoot({ children }: { readonly children: ReactNode }): ReactNode {
  return <div className={styles.foot}>{children}</div>;
}
