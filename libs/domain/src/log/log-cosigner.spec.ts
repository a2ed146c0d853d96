import { describe, expect, test } from '@jest/globals';
import { openCheckpoint, signCheckpoint } from './checkpoint.js';
import { generateCosignerKey, parseCosignerKey, parseCosignerVerifierKey } from './cosignature.js';
import { certifyCosigner, cosign, cosignedAt, logCosigner, openCosignerCertificate } from './log-cosigner.js';
import { EMPTY_ROOT } from './merkle-hash.js';
import { generateSignerKey, NoteError, parseSignerKey, parseVerifierKey } from './note-key.js';
import { signNote } from './signed-note.js';

const ORIGIN = 'keyfold.local/test';
const SIGNER_KEY = generateSignerKey(ORIGIN, Buffer.alloc(32, 1));
const SIGNER = parseSignerKey(SIGNER_KEY);
const LOG = parseVerifierKey(SIGNER.verifierKey);
const COSIGNER = logCosigner(SIGNER_KEY);
const CLOCK = parseCosignerVerifierKey(COSIGNER.verifierKey);
const CHECKPOINT = signCheckpoint({ origin: ORIGIN, size: 0, root: EMPTY_ROOT }, SIGNER);
const AT = 1_679_315_147;

const cosigned = (...times: number[]): string => times.reduce((note, time) => cosign(note, COSIGNER, time), CHECKPOINT);

describe('a cosigned checkpoint', () => {
  test('is still the checkpoint, and says when', () => {
    const note = cosigned(AT);
    expect(openCheckpoint(note, LOG)).toEqual(openCheckpoint(CHECKPOINT, LOG));
    expect(cosignedAt(note, CLOCK)).toBe(AT);
    expect(cosignedAt(CHECKPOINT, CLOCK)).toBeNull();
  });

  test('counts the latest of several times, and no broken one', () => {
    expect(cosignedAt(cosigned(AT, AT + 60, AT + 30), CLOCK)).toBe(AT + 60);
    const line = cosigned(AT + 90).slice(CHECKPOINT.length);
    const [mark, name, encoded] = line.trimEnd().split(' ');
    const bytes = Buffer.from(encoded ?? '', 'base64');
    for (let at = 4; at < bytes.byteLength; at += 1) {
      const broken = Buffer.from(bytes);
      broken[at] = (broken[at] ?? 0) ^ 1;
      const brokenLine = `${String(mark)} ${String(name)} ${broken.toString('base64')}\n`;
      expect(cosignedAt(CHECKPOINT + brokenLine, CLOCK)).toBeNull();
      expect(cosignedAt(cosigned(AT) + brokenLine, CLOCK)).toBe(AT);
    }
  });

  test('of another cosigner, or another checkpoint, has no time', () => {
    const other = parseCosignerKey(generateCosignerKey(COSIGNER.name, Buffer.alloc(32, 9)));
    expect(cosignedAt(cosign(CHECKPOINT, other, AT), CLOCK)).toBeNull();
    const larger = signCheckpoint({ origin: ORIGIN, size: 1, root: Buffer.alloc(32, 7) }, SIGNER);
    expect(cosignedAt(larger + cosigned(AT).slice(CHECKPOINT.length), CLOCK)).toBeNull();
  });
});

describe("the log's cosigner", () => {
  test('follows from the signing key and the origin, and from nothing else', () => {
    expect(COSIGNER.name).toBe(`${ORIGIN}/clock`);
    expect(logCosigner(SIGNER_KEY).verifierKey).toBe(COSIGNER.verifierKey);
    const keyOf = (verifierKey: string): string => verifierKey.split('+').slice(2).join('+').slice(2);
    const elsewhere = logCosigner(generateSignerKey(`${ORIGIN}/2`, Buffer.alloc(32, 1)));
    expect(keyOf(elsewhere.verifierKey)).not.toBe(keyOf(COSIGNER.verifierKey));
    expect(keyOf(COSIGNER.verifierKey)).not.toBe(keyOf(SIGNER.verifierKey));
  });

  test('is named by a note of the log that is no checkpoint', () => {
    const certificate = certifyCosigner(COSIGNER, SIGNER);
    expect(cosignedAt(cosigned(AT), openCosignerCertificate(certificate, LOG))).toBe(AT);
    expect(() => openCheckpoint(certificate, LOG)).toThrow(NoteError);
    expect(() => openCosignerCertificate(CHECKPOINT, LOG)).toThrow(NoteError);
    const stranger = parseSignerKey(generateSignerKey(ORIGIN, Buffer.alloc(32, 5)));
    expect(() => openCosignerCertificate(certifyCosigner(COSIGNER, stranger), LOG)).toThrow(NoteError);
    const longer = signNote(`keyfold-cosigner/1\n${ORIGIN}\n${COSIGNER.verifierKey}\nmore\n`, SIGNER);
    expect(() => openCosignerCertificate(longer, LOG)).toThrow(NoteError);
  });
});
