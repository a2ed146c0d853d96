import type { ReactNode } from 'react';
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components/Button';
import styles from './button.module.css';

export type ButtonLook = 'primary' | 'secondary' | 'quiet' | 'danger' | 'dangerQuiet';

export interface ButtonProps extends Omit<AriaButtonProps, 'className' | 'children' | 'isPending'> {
  readonly children: ReactNode;
  readonly look?: ButtonLook;
  readonly size?: 'small' | 'wide';
  /** Work that it began is under way: it stays in the tab order and says so. */
  readonly isBusy?: boolean;
}

export function Button({ look = 'secondary', size, isBusy = false, children, ...rest }: ButtonProps): ReactNode {
  return (
    <AriaButton {...rest} isPending={isBusy} className={buttonClass(look, size)}>
      {isBusy && <span className={styles.spinner} aria-hidden="true" />}
      {children}
    </AriaButton>
  );
}

/** For links that look like buttons. */
export function buttonClass(look: ButtonLook = 'secondary', size?: 'small' | 'wide'): string {
  return [styles.button, styles[look], size === undefined ? '' : styles[size]].join(' ');
}
