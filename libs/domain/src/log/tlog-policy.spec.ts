import { describe, expect, test } from '@jest/globals';
import { signCheckpoint } from './checkpoint.js';
import { type Cosigner, generateCosignerKey, parseCosignerKey } from './cosignature.js';
import { cosign } from './log-cosigner.js';
import { EMPTY_ROOT } from './merkle-hash.js';
import { generateSignerKey, NoteError, parseSignerKey, parseVerifierKey } from './note-key.js';
import { openByPolicy, parseTlogPolicy } from './tlog-policy.js';

const LOG = parseSignerKey(generateSignerKey('keyfold.local/test', Buffer.alloc(32, 1)));
const OTHER = parseSignerKey(generateSignerKey('keyfold.local/other', Buffer.alloc(32, 2)));
const CHECKPOINT = signCheckpoint({ origin: LOG.name, size: 0, root: EMPTY_ROOT }, LOG);
const WITNESSES = ['X1', 'X2', 'X3', 'Y1'].map((name, nth) =>
  parseCosignerKey(generateCosignerKey(`${name}.example`, Buffer.alloc(32, 10 + nth))),
);
const [X1, X2, X3, Y1] = WITNESSES as [Cosigner, Cosigner, Cosigner, Cosigner];
const POLICY = `# two of three, and one of the others
log ${LOG.verifierKey} https://log.example/
  witness X1 ${X1.verifierKey}
witness X2\t${X2.verifierKey}
witness X3 ${X3.verifierKey}
group X-witnesses 2 X1 X2 X3

witness Y1 ${Y1.verifierKey} https://y.example/
group Y-witnesses any Y1
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`;
const by = (...cosigners: Cosigner[]): string => cosigners.reduce((note, one) => cosign(note, one, 1), CHECKPOINT);

describe('a policy', () => {
  test('takes a checkpoint that its quorum has cosigned, and no other', () => {
    const policy = parseTlogPolicy(POLICY);
    for (const note of [by(X1, X2, Y1), by(X2, X3, Y1), by(X1, X2, X3, Y1)])
      expect(openByPolicy(note, policy, null).size).toBe(0);
    for (const note of [by(), by(X1, Y1), by(X1, X2, X3), by(X1, X1, Y1)])
      expect(() => openByPolicy(note, policy, null)).toThrow(NoteError);
  });

  test('takes only the logs that it names, or the one that is known where it names none', () => {
    const checkpoint = signCheckpoint({ origin: OTHER.name, size: 0, root: EMPTY_ROOT }, OTHER);
    const none = parseTlogPolicy('quorum none');
    const other = parseVerifierKey(OTHER.verifierKey);
    expect(() => openByPolicy(checkpoint, parseTlogPolicy(`log ${LOG.verifierKey}\nquorum none\n`), null)).toThrow(
      NoteError,
    );
    expect(() => openByPolicy(checkpoint, none, null)).toThrow(NoteError);
    expect(openByPolicy(checkpoint, none, other).origin).toBe(OTHER.name);
    expect(() => openByPolicy(CHECKPOINT, parseTlogPolicy(`log ${LOG.verifierKey}\nquorum none`), other)).toThrow(
      NoteError,
    );
  });

  test.each([
    ['has no quorum', `log ${LOG.verifierKey}`],
    ['has two', 'quorum none\nquorum none'],
    ['names what comes later', `group g any X1\nwitness X1 ${X1.verifierKey}\nquorum g`],
    ['counts a witness twice', `witness X1 ${X1.verifierKey}\ngroup a any X1\ngroup b any X1\nquorum a`],
    ['has a key twice', `witness X1 ${X1.verifierKey}\nwitness X2 ${X1.verifierKey}\nquorum X1`],
    ['has a name twice', `witness X1 ${X1.verifierKey}\nwitness X1 ${X2.verifierKey}\nquorum X1`],
    ['asks for more than there are', `witness X1 ${X1.verifierKey}\ngroup g 2 X1\nquorum g`],
    ['asks for none of some', `witness X1 ${X1.verifierKey}\ngroup g 0 X1\nquorum g`],
    ['has a log as a witness', `witness X1 ${LOG.verifierKey}\nquorum X1`],
    ['has another keyword', 'quorums none'],
    ['calls a witness none', `witness none ${X1.verifierKey}\nquorum none`],
    ['has a carriage return', 'quorum none\r'],
  ])('is none that %s', (_what, text) => {
    expect(() => parseTlogPolicy(text)).toThrow(NoteError);
  });
});
