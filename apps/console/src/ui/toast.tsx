import { createContext, type ReactNode, use, useMemo, useState } from 'react';
import styles from './toast.module.css';

type Announce = (sentence: string) => void;
const ToastContext = createContext<Announce>(() => undefined);
const SHOWN_MS = 5_000;

/** Says briefly, to eyes and screen readers, that something is done. */
export function ToastProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const [shown, setShown] = useState<{ sentence: string; id: number } | null>(null);
  const announce = useMemo<Announce>(
    () => (sentence) => {
      const id = performance.now();
      setShown({ sentence, id });
      setTimeout(() => setShown((current) => (current?.id === id ? null : current)), SHOWN_MS);
    },
    [],
  );
  return (
    <ToastContext value={announce}>
      {children}
      <div className={styles.region} role="status">
        {shown !== null && (
          <p key={shown.id} className={styles.toast}>
            {shown.sentence}
          </p>
        )}
      </div>
    </ToastContext>
  );
}

export function useAnnounce(): Announce {
  return use(ToastContext);
}
