import { type ComponentProps, type ReactNode, useState } from 'react';
import { Form as AriaForm } from 'react-aria-components/Form';
import { dialogStyles } from './dialog.js';

export interface FormProps extends Omit<
  ComponentProps<typeof AriaForm>,
  'validationErrors' | 'className' | 'children'
> {
  /** What the service, or the page, found wrong, by the names of the fields. */
  readonly problems: Readonly<Record<string, string>>;
  readonly children: ReactNode;
  /** Class of what lays out the fields; by default below each other. */
  readonly layout?: string | undefined;
  readonly onSend: (form: HTMLFormElement) => void;
}

const NONE = {};

/**
 * A form that shows problems at their fields until something is typed. Without that, React Aria takes the first press
 * of the button after a correction for an attempt to send what is still invalid, and nothing happens.
 */
export function Form({ problems, children, layout = dialogStyles.form, onSend, ...rest }: FormProps): ReactNode {
  const shown = JSON.stringify(problems);
  const [mended, setMended] = useState('');
  return (
    <AriaForm
      {...rest}
      validationErrors={shown === mended ? NONE : problems}
      onSubmit={(event) => {
        event.preventDefault();
        setMended('');
        onSend(event.currentTarget);
      }}
    >
      <div className={layout} onInput={() => setMended(shown)}>
        {children}
      </div>
    </AriaForm>
  );
}
