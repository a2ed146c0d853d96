import type { ReactNode } from 'react';
import { Label } from 'react-aria-components/Label';
import { RadioButton, RadioField, RadioGroup } from 'react-aria-components/RadioGroup';
import fieldStyles from './field.module.css';
import styles from './segments.module.css';

export interface SegmentsProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [string, string])[];
  readonly onChange: (value: string) => void;
}

/** One of a few, all of them in sight. */
export function Segments({ label, value, options, onChange }: SegmentsProps): ReactNode {
  return (
    <RadioGroup value={value} onChange={onChange} className={fieldStyles.field ?? ''}>
      <Label className={fieldStyles.label ?? ''}>{label}</Label>
      <div className={styles.choices}>
        {options.map(([option, text]) => (
          <RadioField key={option} value={option}>
            <RadioButton className={styles.choice ?? ''}>{text}</RadioButton>
          </RadioField>
        ))}
      </div>
    </RadioGroup>
  );
}
