import { describe, expect, test } from '@jest/globals';
import type { Checkpoint, LogRecord, NoteVerifier } from '@keyfold/domain';
import { generateSignerKey, openCheckpoint, parseSignerKey, parseVerifierKey } from '@keyfold/domain';
import { ExportVerifier } from './export-verifier.js';
import { readLines } from './line-reader.js';
import type { VerificationReport } from './report.js';
import { exportLines, key, lineOf, recordAt, recordsTo, signer, trailerLineOf } from './sample-export.testing.js';

const SIZE = 20;

interface Case {
  readonly key?: NoteVerifier;
  readonly known?: readonly Checkpoint[];
}

async function verifyText(text: string | Buffer, options: Case = {}): Promise<VerificationReport> {
  const verifier = new ExportVerifier(options.key ?? key, options.known);
  const bytes = Buffer.from(text);
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += 777) yield await Promise.resolve(bytes.subarray(at, at + 777));
  }
  await readLines(chunks(), (line, isTerminated) => {
    verifier.line(line, isTerminated);
  });
  return verifier.finish();
}

const verify = (lines: readonly string[], options?: Case): Promise<VerificationReport> =>
  verifyText(`${lines.join('\n')}\n`, options);

function honestLines(): string[] {
  return exportLines(SIZE);
}

/** An honest export, with its lines changed by `tamper` afterwards. */
function tampered(tamper: (lines: string[]) => unknown): string[] {
  const lines = honestLines();
  tamper(lines);
  return lines;
}

/** An honest last line below records that somebody changed into others that are in good order by themselves. */
function rewritten(change: (record: LogRecord) => LogRecord): string[] {
  return tampered((lines) => lines.splice(0, SIZE, ...recordsTo(SIZE).map((record) => lineOf(change(record)))));
}

const checkpointOf = (size: number): Checkpoint => {
  const trailer = JSON.parse(exportLines(size).at(-1) ?? '') as { checkpoint: string };
  return openCheckpoint(trailer.checkpoint, key);
};

describe('an honest export', () => {
  test.each([0, 1, 2, 20, 300])('of %i records passes', async (size) => {
    const report = await verify(exportLines(size));
    expect(report).toMatchObject({ ok: true, records: size, firstBadPosition: null, findings: [] });
    expect(report.checkpoint).toMatchObject({ origin: signer.name, size });
  });

  test('passes without the optional hashes, without the last newline and with members of later versions', async () => {
    expect((await verify(exportLines(SIZE, { subtreeCapacity: null }))).ok).toBe(true);
    expect((await verifyText(honestLines().join('\n'))).ok).toBe(true);
    const later = tampered((lines) => lines.push(`{"cosignatures":[],${(lines.pop() ?? '').slice(1)}`));
    expect((await verify(later)).ok).toBe(true);
  });

  test('passes when it extends the known checkpoints', async () => {
    const known = [checkpointOf(0), checkpointOf(7), checkpointOf(SIZE)];
    expect((await verify(honestLines(), { known })).ok).toBe(true);
  });
});

describe('a tampered export fails and names the first bad position', () => {
  const at = (position: number): number => position - 1;
  const cases: [string, string[], number, string][] = [
    [
      'an edited record',
      rewritten((r) => (r.position === 7 ? { ...r, data: { reason: 'SUPERSEDED' } } : r)),
      7,
      'CONTENT',
    ],
    ['an edited first record', rewritten((r) => (r.position === 1 ? { ...r, actor: 'system' } : r)), 1, 'CONTENT'],
    ['an edited last record', rewritten((r) => (r.position === SIZE ? { ...r, actor: 'system' } : r)), SIZE, 'CONTENT'],
    [
      'every record from 5 on edited',
      rewritten((r) => (r.position >= 5 ? { ...r, actor: 'system' } : r)),
      5,
      'CONTENT',
    ],
    ['a deleted record', tampered((lines) => lines.splice(at(5), 1)), 5, 'POSITION'],
    ['a deleted first record', tampered((lines) => lines.splice(0, 1)), 1, 'POSITION'],
    ['a deleted last record', tampered((lines) => lines.splice(at(SIZE), 1)), SIZE, 'ENDS_BEFORE_CHECKPOINT'],
    ['the last five records deleted', tampered((lines) => lines.splice(at(16), 5)), 16, 'ENDS_BEFORE_CHECKPOINT'],
    [
      'two records swapped',
      tampered((lines) => lines.splice(at(8), 2, ...lines.slice(at(8), at(10)).reverse())),
      8,
      'POSITION',
    ],
    ['a repeated line', tampered((lines) => lines.splice(at(6), 0, lines[at(6)] ?? '')), 7, 'POSITION'],
    [
      'a record appended before the checkpoint',
      tampered((lines) => lines.splice(at(21), 0, lineOf(recordAt(21)))),
      21,
      'BEYOND_CHECKPOINT',
    ],
    [
      'a record appended after the checkpoint',
      tampered((lines) => lines.push(lineOf(recordAt(21)))),
      21,
      'AFTER_CHECKPOINT',
    ],
    ['a second checkpoint line', tampered((lines) => lines.push(lines.at(-1) ?? '')), 21, 'AFTER_CHECKPOINT'],
    ['an empty last line', tampered((lines) => lines.push('')), 21, 'AFTER_CHECKPOINT'],
    ['an empty line between records', tampered((lines) => lines.splice(at(4), 0, '')), 4, 'NOT_CANONICAL'],
    ['no checkpoint', tampered((lines) => lines.pop()), 21, 'ENDS_BEFORE_CHECKPOINT'],
    ['an empty file', [], 1, 'NOT_CANONICAL'],
    ['a re-serialised record', tampered((lines) => (lines[at(9)] = JSON.stringify(recordAt(9)))), 9, 'NOT_CANONICAL'],
    ['a record with spaces', tampered((lines) => (lines[at(9)] = ` ${lines[at(9)] ?? ''}`)), 9, 'NOT_CANONICAL'],
    [
      'escaped instead of plain characters',
      tampered((lines) => (lines[at(9)] = (lines[at(9)] ?? '').replace('ö', '\\u00f6'))),
      9,
      'NOT_CANONICAL',
    ],
    [
      'a repeated member',
      tampered((lines) => (lines[at(9)] = `{"actor":"user/eve",${(lines[at(9)] ?? '').slice(1)}`)),
      9,
      'NOT_CANONICAL',
    ],
    [
      'CRLF instead of LF',
      tampered((lines) => lines.splice(0, lines.length, ...lines.map((line) => `${line}\r`))),
      1,
      'NOT_CANONICAL',
    ],
    ['CRLF in one record', tampered((lines) => lines.splice(at(3), 1, `${lines[at(3)] ?? ''}\r`)), 3, 'NOT_CANONICAL'],
    [
      'CRLF after the checkpoint',
      tampered((lines) => lines.splice(SIZE, 1, `${lines[SIZE] ?? ''}\r`)),
      21,
      'NOT_CANONICAL',
    ],
    ['a byte order mark', tampered((lines) => (lines[0] = `\ufeff${lines[0] ?? ''}`)), 1, 'NOT_CANONICAL'],
    [
      'a skipped stream version',
      rewritten((r) => (r.position === 10 ? { ...r, version: 5 } : r)),
      10,
      'STREAM_VERSION',
    ],
    [
      'a repeated stream version',
      rewritten((r) => (r.position === 10 ? { ...r, version: 3 } : r)),
      10,
      'STREAM_VERSION',
    ],
    [
      'a record dated back',
      rewritten((r) => (r.position === 11 ? { ...r, recordedAt: '2025-12-31T23:59:59.999Z' } : r)),
      11,
      'RECORDED_AT',
    ],
    [
      'a record dated ahead',
      rewritten((r) => (r.position === 11 ? { ...r, recordedAt: '2026-06-01T00:00:00.000Z' } : r)),
      11,
      'CONTENT',
    ],
    [
      'a record of another stream',
      rewritten((r) => (r.position === 12 ? { ...r, stream: 'role/x', version: 1 } : r)),
      12,
      'CONTENT',
    ],
  ];
  test.each(cases)('%s', async (_name, lines, position, code) => {
    const report = lines.length === 0 ? await verifyText('\n') : await verify(lines);
    expect(report.ok).toBe(false);
    expect(report.firstBadPosition).toBe(position);
    expect(report.findings[0]?.code).toBe(code);
  });

  test.each([
    ['CRLF', (text: string) => Buffer.from(text.replaceAll('\n', '\r\n'))],
    ['CRLF', (text: string) => Buffer.from(text.replace(/\n$/, '\r\n'))],
    ['byte order mark', (text: string) => Buffer.from(`\ufeff${text}`)],
    ['UTF-16', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')],
  ])('a file that was converted on its way is told so: %s', async (what, convert) => {
    const report = await verifyText(convert(`${honestLines().join('\n')}\n`));
    expect(report.ok).toBe(false);
    expect(report.findings[0]?.reason).toMatch(new RegExp(`${what}, so the file was converted`));
  });

  test('a file of no bytes', async () => {
    expect(await verifyText('')).toMatchObject({ ok: false, firstBadPosition: 1 });
  });

  test('an edited record is named although a later one breaks the order', async () => {
    const lines = rewritten((r) => (r.position === 4 ? { ...r, actor: 'system' } : r));
    lines.splice(at(12), 1);
    const report = await verify(lines);
    expect(report.findings.map(({ code, from }) => [code, from])).toEqual([
      ['CONTENT', 4],
      ['POSITION', 12],
    ]);
  });

  test('a record that is forged along with its hash in the last line still fails', async () => {
    const lines = rewritten((r) => (r.position === 4 ? { ...r, actor: 'system' } : r));
    const honest = JSON.parse(lines.pop() ?? '') as object;
    const forged = JSON.parse(trailerLineOf(lines)) as { subtrees: object };
    const report = await verify([...lines, JSON.stringify({ ...honest, subtrees: forged.subtrees })]);
    expect(report.findings).toMatchObject([{ code: 'CONTENT', from: 1, to: SIZE }]);
    expect(report.firstBadPosition).toBeNull();
  });

  test('forged hashes cannot put the blame on an honest record', async () => {
    const lines = rewritten((r) => (r.position === 4 ? { ...r, actor: 'system' } : r));
    const trailer = JSON.parse(lines.pop() ?? '') as { subtrees: { hashes: string } };
    const hashes = Buffer.from(trailer.subtrees.hashes, 'base64');
    hashes.fill(0, 32, 64);
    lines.push(JSON.stringify({ ...trailer, subtrees: { level: 0, hashes: hashes.toString('base64') } }));
    expect((await verify(lines)).findings).toMatchObject([{ code: 'CONTENT', from: 1, to: SIZE }]);
  });

  test('hashes of another level than stated are not believed', async () => {
    const lines = rewritten((r) => (r.position === 4 ? { ...r, actor: 'system' } : r));
    const trailer = JSON.parse(lines.pop() ?? '') as { checkpoint: string };
    const coarse = JSON.parse(exportLines(SIZE, { subtreeCapacity: 8 }).at(-1) ?? '') as {
      subtrees: { hashes: string };
    };
    lines.push(JSON.stringify({ ...trailer, subtrees: { level: 0, hashes: coarse.subtrees.hashes } }));
    expect((await verify(lines)).findings).toMatchObject([{ code: 'CONTENT', from: 1, to: SIZE }]);
  });

  test('coarser hashes bound the position, a known checkpoint narrows it', async () => {
    const lines = rewritten((r) => (r.position === 7 ? { ...r, actor: 'system' } : r));
    lines[SIZE] = exportLines(SIZE, { subtreeCapacity: 8 }).at(-1) ?? '';
    expect((await verify(lines)).findings).toMatchObject([{ code: 'CONTENT', from: 5, to: 8 }]);
    const narrowed = await verify(lines, { known: [checkpointOf(6)] });
    expect(narrowed.findings).toMatchObject([{ code: 'CONTENT', from: 7, to: 8 }]);
  });

  test.each([1, 150, 5000])('a file cut %i bytes before its end', async (bytes) => {
    const text = Buffer.from(`${honestLines().join('\n')}\n`);
    const whole = text.subarray(0, text.length - 1 - bytes);
    const report = await verifyText(whole);
    const complete = whole.toString('latin1').split('\n').length - 1;
    expect(report).toMatchObject({ ok: false, firstBadPosition: complete + 1 });
    expect(report.findings[0]?.reason).toMatch(/the file ends/);
  });

  test('one endless line needs no endless memory', async () => {
    const verifier = new ExportVerifier(key);
    async function* chunks(): AsyncGenerator<Buffer> {
      for (let count = 0; count < 40; count += 1) yield await Promise.resolve(Buffer.alloc(1024 * 1024, 0x20));
    }
    await readLines(chunks(), (line, isTerminated) => {
      expect(line.length).toBeLessThan(20 * 1024 * 1024);
      verifier.line(line, isTerminated);
    });
    expect(verifier.finish()).toMatchObject({ ok: false, firstBadPosition: 1 });
  });
});

describe('a checkpoint that is not this log’s', () => {
  test('of another origin', async () => {
    const other = parseSignerKey(generateSignerKey('keyfold.local/other', Buffer.alloc(32, 1)));
    const report = await verify(exportLines(SIZE, { signer: other }));
    expect(report).toMatchObject({ ok: false, checkpoint: null, firstBadPosition: null });
    expect(report.findings[0]?.reason).toMatch(/origin "keyfold.local\/other", the key of "keyfold.local\/sample"/);
  });

  test('by another key of the same name', async () => {
    const other = parseSignerKey(generateSignerKey(signer.name, Buffer.alloc(32, 2)));
    const report = await verify(exportLines(SIZE, { signer: other }));
    expect(report).toMatchObject({ ok: false, checkpoint: null, firstBadPosition: null });
    expect(report.findings[0]?.reason).toMatch(/no valid signature/);
    expect((await verify(exportLines(SIZE, { signer: other }), { key: parseVerifierKey(other.verifierKey) })).ok).toBe(
      true,
    );
  });

  test('with any character of the note changed', async () => {
    const lines = honestLines();
    const trailer = JSON.parse(lines.pop() ?? '') as { checkpoint: string };
    for (let index = 0; index < trailer.checkpoint.length; index += 3) {
      const changed = trailer.checkpoint[index] === 'A' ? 'B' : 'A';
      const checkpoint = trailer.checkpoint.slice(0, index) + changed + trailer.checkpoint.slice(index + 1);
      const report = await verify([...lines, JSON.stringify({ ...trailer, checkpoint })]);
      expect([index, report.ok]).toEqual([index, false]);
    }
  });

  test('an honest but older export fails against what is known of the log', async () => {
    const report = await verify(exportLines(12), { known: [checkpointOf(SIZE)] });
    expect(report).toMatchObject({ ok: false, firstBadPosition: 13 });
    expect(report.findings[0]?.code).toBe('KNOWN_CHECKPOINT');
  });

  test('a rewritten history fails against what is known of the log, though the key signed it', async () => {
    const lines = recordsTo(SIZE).map((r) => lineOf(r.position === 9 ? { ...r, actor: 'system' } : r));
    const report = await verify([...lines, trailerLineOf(lines)], { known: [checkpointOf(5), checkpointOf(10)] });
    expect(report.findings).toMatchObject([{ code: 'KNOWN_CHECKPOINT', from: 6, to: 10 }]);
  });
});
