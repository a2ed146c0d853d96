import { type ReactNode, useState } from 'react';
import { Label } from 'react-aria-components/Label';
import { RadioButton, RadioField, RadioGroup } from 'react-aria-components/RadioGroup';
import { useLanguage, useMessages } from '../../text/messages-context.js';
import { DateInput } from '../../ui/choices.js';
import { zonedTime } from '../../ui/time.js';
import { endOf, endOfLocalDay, type Expiry, lastDay, localDate, presetDays } from './expiry.js';
import fieldStyles from '../../ui/field.module.css';
import styles from './my-keys.module.css';

export interface ExpiryFieldProps {
  readonly maxDays: number;
  readonly value: Expiry;
  readonly onChange: (value: Expiry) => void;
}

/** How long a key lives; it says until when that is, and who bounds it. */
export function ExpiryField({ maxDays, value, onChange }: ExpiryFieldProps): ReactNode {
  const { keys } = useMessages();
  const language = useLanguage();
  const [now] = useState(() => Date.now());
  const [date, setDate] = useState(() => lastDay(maxDays, now));
  const [choice, setChoice] = useState(String(maxDays));
  const choose = (next: string): void => {
    setChoice(next);
    onChange(next === 'date' ? endOfLocalDay(date, maxDays, now) : { expiresInDays: Number(next) });
  };
  const isMaximum = 'expiresInDays' in value && value.expiresInDays === maxDays;
  const end = zonedTime(endOf(value, now), language);
  return (
    <div className={fieldStyles.field}>
      <RadioGroup value={choice} onChange={choose} className={fieldStyles.field ?? ''}>
        <Label className={fieldStyles.label ?? ''}>{keys.expiry}</Label>
        <div className={styles.choices}>
          {presetDays(maxDays).map((days) => (
            <RadioField key={days} value={String(days)}>
              <RadioButton className={styles.choice ?? ''}>
                {days === maxDays ? keys.maximumDays(days) : keys.days(days)}
              </RadioButton>
            </RadioField>
          ))}
          <RadioField value="date">
            <RadioButton className={styles.choice ?? ''}>{keys.chooseDate}</RadioButton>
          </RadioField>
        </div>
      </RadioGroup>
      {choice === 'date' && (
        <DateInput
          label={keys.lastDay}
          name="date"
          value={date}
          min={localDate(new Date(now))}
          max={lastDay(maxDays, now)}
          onChange={(next) => {
            setDate(next);
            if (next !== '') onChange(endOfLocalDay(next, maxDays, now));
          }}
        />
      )}
      <p className={fieldStyles.hint} aria-live="polite">
        {isMaximum ? keys.endsBecause(end, maxDays) : keys.endsOn(end)}
      </p>
    </div>
  );
}
