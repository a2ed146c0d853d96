import { type ReactNode, useEffect, useRef, useState } from 'react';
import { serviceNow } from '../../api/clock.js';
import { callForStream, Problem } from '../../api/http.js';
import { queryString } from '../../api/queries.js';
import { useLanguage, useMessages } from '../../text/messages-context.js';
import { Button } from '../../ui/button.js';
import { ProblemNotice } from '../../ui/problem-notice.js';
import { saveFile } from '../../ui/save-file.js';
import styles from './all-keys.module.css';

const LINE_FEED = 10;

export interface CsvButtonProps {
  /** Those of the list; its pages do not matter. */
  readonly parameters: Readonly<Record<string, string | undefined>>;
}

/**
 * Every row that the list would show, as a file. It comes as a stream: many rows take a while, which is shown and can
 * be stopped.
 */
export function CsvButton({ parameters }: CsvButtonProps): ReactNode {
  const { allKeys: text, common } = useMessages();
  const language = useLanguage();
  const [rows, setRows] = useState<number | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const download = async (): Promise<void> => {
    const control = new AbortController();
    running.current = control;
    setProblem(null);
    setRows(0);
    try {
      const stream = await callForStream(`/v1/api-keys${queryString(parameters)}`, 'text/csv', control.signal);
      const parts = await readAll(stream, (lines) => setRows(Math.max(0, lines - 1)));
      const day = new Date(serviceNow()).toISOString().slice(0, 10);
      saveFile(`keyfold-api-keys-${day}.csv`, new Blob(parts, { type: 'text/csv' }));
    } catch (error) {
      if (!control.signal.aborted)
        setProblem(error instanceof Problem ? error : new Problem(0, 'NO_ANSWER', { isRead: true }));
    } finally {
      setRows(null);
    }
  };
  if (rows === null)
    return (
      <>
        <Button onPress={() => void download()}>{text.csv}</Button>
        <ProblemNotice error={problem} />
      </>
    );
  return (
    <span className={styles.csv} role="status">
      {text.csvRows(new Intl.NumberFormat(language).format(rows))}
      <Button size="small" onPress={() => running.current?.abort()}>
        {common.cancel}
      </Button>
    </span>
  );
}

async function readAll(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLines: (lines: number) => void,
): Promise<BlobPart[]> {
  const parts: BlobPart[] = [];
  const reader = stream.getReader();
  let lines = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return parts;
    parts.push(value);
    for (const byte of value) if (byte === LINE_FEED) lines += 1;
    onLines(lines);
  }
}
