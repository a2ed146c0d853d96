import type { ReactNode } from 'react';
import { CheckboxButton, CheckboxField, type CheckboxFieldProps } from 'react-aria-components/Checkbox';
import styles from './field.module.css';

export interface CheckboxProps extends Omit<CheckboxFieldProps, 'className' | 'children' | 'style'> {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
}

export function Checkbox({ label, hint, ...rest }: CheckboxProps): ReactNode {
  return (
    <CheckboxField {...rest}>
      <CheckboxButton className={styles.check ?? ''}>
        <CheckMark />
        <span className={styles.checkLabel}>{label}</span>
        {hint !== undefined && <span className={styles.checkHint}>{hint}</span>}
      </CheckboxButton>
    </CheckboxField>
  );
}

function CheckMark(): ReactNode {
  return (
    <span className={styles.box} aria-hidden="true">
      <svg viewBox="0 0 16 16">
        <path d="M3 8.5 6.5 12 13 4.5" />
      </svg>
    </span>
  );
}

export interface SelectProps {
  readonly label: string;
  readonly name?: string;
  readonly value?: string;
  readonly defaultValue?: string;
  readonly hint?: ReactNode;
  readonly isDisabled?: boolean;
  readonly options: readonly (readonly [string, string])[];
  readonly onChange?: (value: string) => void;
}

/** The browser's own list: it fits every screen and every assistive technology. */
export function Select({ label, hint, isDisabled = false, options, onChange, ...rest }: SelectProps): ReactNode {
  return (
    <label className={styles.field}>
      <span className={styles.label}>{label}</span>
      <select
        {...rest}
        disabled={isDisabled}
        className={styles.select}
        onChange={(event) => onChange?.(event.currentTarget.value)}
      >
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
      {hint !== undefined && <span className={styles.hint}>{hint}</span>}
    </label>
  );
}

export interface DateInputProps {
  readonly label: string;
  readonly name: string;
  readonly value: string;
  readonly min: string;
  readonly max: string;
  readonly hint?: ReactNode;
  readonly onChange: (value: string) => void;
}

export function DateInput({ label, hint, onChange, ...rest }: DateInputProps): ReactNode {
  return (
    <label className={styles.field}>
      <span className={styles.label}>{label}</span>
      <input
        {...rest}
        type="date"
        required
        className={styles.input}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {hint !== undefined && <span className={styles.hint}>{hint}</span>}
    </label>
  );
}
