import { type ReactNode, useState } from 'react';
import { serviceNow } from '../../api/clock.js';
import { useLanguage, useMessages } from '../../text/messages-context.js';
import { DateInput } from '../../ui/choices.js';
import { Segments } from '../../ui/segments.js';
import { zonedTime } from '../../ui/time.js';
import { endOf, endOfLocalDay, type Expiry, lastDay, localDate, presetDays } from './expiry.js';
import fieldStyles from '../../ui/field.module.css';

export interface ExpiryFieldProps {
  readonly maxDays: number;
  readonly value: Expiry;
  readonly onChange: (value: Expiry) => void;
}

/** How long a key lives; it says until when that is, and who bounds it. */
export function ExpiryField({ maxDays, value, onChange }: ExpiryFieldProps): ReactNode {
  const { keys } = useMessages();
  const language = useLanguage();
  const [now] = useState(() => serviceNow());
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
      <Segments
        label={keys.expiry}
        value={choice}
        options={[
          ...presetDays(maxDays).map(
            (days) => [String(days), days === maxDays ? keys.maximumDays(days) : keys.days(days)] as const,
          ),
          ['date', keys.chooseDate] as const,
        ]}
        onChange={choose}
      />
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
