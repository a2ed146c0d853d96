import { expect, test } from '@jest/globals';
import { createLogger } from './logger.js';

function linesOf(write: (logger: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  write(createLogger({ service: 'test' }, { write: (line: string) => void lines.push(line) }));
  return lines.join('');
}

test('values under the names of secrets are censored wherever they stand', () => {
  const text = linesOf((logger) => {
    logger.info(
      {
        authorization: 'CANARY',
        req: { headers: { authorization: 'CANARY', cookie: 'CANARY' } },
        body: { newPassword: 'CANARY', key: 'CANARY' },
      },
      'request',
    );
  });
  expect(text).toContain('[redacted]');
  expect(text).not.toContain('CANARY');
});

test('of an error only class, code, text and stack are written, never what a driver hung on it', () => {
  const error = Object.assign(
    new Error('insert failed', { cause: Object.assign(new Error('deeper'), { config: 'CANARY' }) }),
    {
      code: '23505',
      parameters: ['CANARY'],
      detail: 'Key (secret)=(CANARY) already exists.',
    },
  );
  const text = linesOf((logger) => {
    logger.error({ err: error }, 'failed');
  });
  expect(text).toContain('"code":"23505"');
  expect(text).toContain('deeper');
  expect(text).not.toContain('CANARY');
});
