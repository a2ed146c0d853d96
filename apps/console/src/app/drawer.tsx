import { type ReactNode, useEffect, useRef } from 'react';
import styles from './shell.module.css';

export interface DrawerProps {
  readonly label: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** The list of pages on a narrow screen, over the page: the browser's own modal dialog. */
export function Drawer({ label, isOpen, onClose, children }: DrawerProps): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  return (
    <dialog
      ref={dialog}
      aria-label={label}
      className={styles.drawer}
      onClose={onClose}
      onClick={(event) => {
        // What is not on its content is on its backdrop.
        if (event.target === event.currentTarget) onClose();
      }}
    >
      {isOpen && children}
    </dialog>
  );
}
