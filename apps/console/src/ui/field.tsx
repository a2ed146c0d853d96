import type { ComponentProps, ReactNode } from 'react';
import { FieldError } from 'react-aria-components/FieldError';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { Text } from 'react-aria-components/Text';
import { TextArea } from 'react-aria-components/TextArea';
import { TextField as AriaTextField, type TextFieldProps as AriaTextFieldProps } from 'react-aria-components/TextField';
import { useMessages } from '../text/messages-context.js';
import styles from './field.module.css';

export interface TextFieldProps extends Omit<AriaTextFieldProps, 'className' | 'children' | 'style'> {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly placeholder?: string;
  readonly unit?: string;
  readonly isArea?: boolean;
  readonly isMarkedOptional?: boolean;
  readonly inputProps?: ComponentProps<typeof Input>;
}

/** A labelled text field. Errors come from the form's `validationErrors`, by the field's name. */
export function TextField(props: TextFieldProps): ReactNode {
  const { label, hint, placeholder, unit, isArea = false, isMarkedOptional = false, inputProps, ...rest } = props;
  const { common } = useMessages();
  return (
    <AriaTextField {...rest} className={styles.field ?? ''}>
      <Label className={styles.label ?? ''}>
        {label}
        {isMarkedOptional && <span className={styles.optional}>{common.optional}</span>}
      </Label>
      {isArea ? (
        <TextArea className={styles.area ?? ''} placeholder={placeholder} />
      ) : (
        <span className={styles.row}>
          <Input {...inputProps} className={styles.input ?? ''} placeholder={placeholder} />
          {unit !== undefined && <span className={styles.unit}>{unit}</span>}
        </span>
      )}
      {hint !== undefined && (
        <Text slot="description" className={styles.hint ?? ''}>
          {hint}
        </Text>
      )}
      <FieldError className={styles.error ?? ''} />
    </AriaTextField>
  );
}

/** The text of a form's field; empty if it has none of that name. */
export function textOf(data: FormData, name: string): string {
  const value = data.get(name);
  return typeof value === 'string' ? value : '';
}
