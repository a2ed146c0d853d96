import { type Checkpoint, openCheckpoint } from './checkpoint.js';
import { type CosignatureVerifier, parseCosignerVerifierKey } from './cosignature.js';
import { cosignedAt } from './log-cosigner.js';
import { NoteError, type NoteVerifier, parseVerifierKey } from './note-key.js';

/**
 * What a checkpoint needs to be accepted (C2SP tlog-policy): a signature by one of the logs, and cosignatures by a
 * quorum of the witnesses.
 */
export interface TlogPolicy {
  /** May be none, where the log is known otherwise. */
  readonly logs: readonly NoteVerifier[];
  readonly witnesses: ReadonlyMap<string, CosignatureVerifier>;
  readonly groups: ReadonlyMap<string, Group>;
  /** The name of a witness or group; null: no cosignature is needed. */
  readonly quorum: string | null;
}

/** Witnesses a checkpoint if at least `threshold` of its members do. */
export interface Group {
  readonly threshold: number;
  readonly members: readonly string[];
}

const NONE = 'none';
/** Also what keeps a group from being its own member: a name counts from its line on. */
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f]/;

/** Reads a policy file. @throws NoteError that names the line, if it is not one */
export function parseTlogPolicy(text: string): TlogPolicy {
  const draft = new PolicyDraft();
  for (const [at, line] of text.split('\n').entries()) {
    try {
      if (CONTROL.test(line)) throw new NoteError('a control character');
      const words = line.split(/[ \t]+/).filter((word) => word !== '');
      if (words.length > 0 && words[0]?.startsWith('#') !== true) draft.take(words);
    } catch (error) {
      throw new NoteError(`line ${at + 1} of the policy: ${error instanceof Error ? error.message : 'unreadable'}`);
    }
  }
  return draft.finish();
}

/**
 * Opens a checkpoint as a policy demands.
 *
 * @param known the log's key where it is known otherwise; it must then be one of the policy's logs, if that names any
 * @throws NoteError if no log of the policy has signed it, or the quorum of witnesses has not cosigned it
 */
export function openByPolicy(note: string, policy: TlogPolicy, known: NoteVerifier | null): Checkpoint {
  const logs = policy.logs.length === 0 && known !== null ? [known] : policy.logs;
  const accepted = logs.filter((log) => known === null || log.verifierKey === known.verifierKey);
  const log = accepted.find(({ name }) => note.startsWith(`${name}\n`));
  if (log === undefined) throw new NoteError('the policy does not name the log of this checkpoint');
  const checkpoint = openCheckpoint(note, log);
  if (policy.quorum !== null && !hasWitnessed(policy.quorum, note, policy))
    throw new NoteError(`the quorum ${policy.quorum} of the policy has not cosigned the checkpoint`);
  return checkpoint;
}

function hasWitnessed(name: string, note: string, policy: TlogPolicy): boolean {
  const witness = policy.witnesses.get(name);
  if (witness !== undefined) return cosignedAt(note, witness) !== null;
  const group = policy.groups.get(name);
  if (group === undefined) return false;
  return group.members.filter((member) => hasWitnessed(member, note, policy)).length >= group.threshold;
}

class PolicyDraft {
  private readonly logs: NoteVerifier[] = [];
  private readonly witnesses = new Map<string, CosignatureVerifier>();
  private readonly groups = new Map<string, Group>();
  private readonly keys = new Set<string>();
  private readonly members = new Set<string>();
  private quorum: string | null | undefined;

  take([keyword = '', ...words]: readonly string[]): void {
    switch (keyword) {
      case 'log':
        this.logs.push(this.own(parseVerifierKey(atMost(words, 1, 2)[0])));
        return;
      case 'witness': {
        const [name, key] = atMost(words, 2, 3);
        this.witnesses.set(this.fresh(name), this.own(parseCosignerVerifierKey(key ?? '')));
        return;
      }
      case 'group':
        this.takeGroup(words);
        return;
      case 'quorum':
        this.takeQuorum(atMost(words, 1, 1)[0]);
        return;
      default:
        throw new NoteError(`unknown keyword ${keyword}`);
    }
  }

  finish(): TlogPolicy {
    if (this.quorum === undefined) throw new NoteError('the policy has no quorum line');
    return { logs: this.logs, witnesses: this.witnesses, groups: this.groups, quorum: this.quorum };
  }

  private takeGroup(words: readonly string[]): void {
    const [name, threshold = '', ...members] = atMost(words, 3, Number.POSITIVE_INFINITY);
    for (const member of members) {
      this.requireDefined(member);
      // So that each witness counts in one way only.
      if (this.members.has(member)) throw new NoteError(`${member} is listed twice`);
      this.members.add(member);
    }
    const count =
      { all: members.length, any: 1 }[threshold] ?? (/^[1-9]\d{0,3}$/.test(threshold) ? Number(threshold) : 0);
    if (count < 1 || count > members.length)
      throw new NoteError(`${threshold} is not a threshold of ${members.length} members`);
    this.groups.set(this.fresh(name), { threshold: count, members });
  }

  private takeQuorum(name: string): void {
    if (this.quorum !== undefined) throw new NoteError('a second quorum line');
    if (name !== NONE) this.requireDefined(name);
    this.quorum = name === NONE ? null : name;
  }

  private requireDefined(name: string): void {
    if (!this.witnesses.has(name) && !this.groups.has(name)) throw new NoteError(`${name} is not defined before`);
  }

  private fresh(name: string): string {
    if (name === NONE || this.witnesses.has(name) || this.groups.has(name)) throw new NoteError(`${name} is taken`);
    return name;
  }

  /** The same key under two names would count twice. */
  private own<Key extends { readonly verifierKey: string }>(key: Key): Key {
    const material = key.verifierKey.split('+').slice(2).join('+');
    if (this.keys.has(material)) throw new NoteError('a key occurs twice');
    this.keys.add(material);
    return key;
  }
}

function atMost(words: readonly string[], least: number, most: number): readonly [string, ...string[]] {
  const [first, ...rest] = words;
  if (first === undefined || words.length < least || words.length > most) throw new NoteError('wrong number of words');
  return [first, ...rest];
}
