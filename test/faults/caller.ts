import { type CommandRecord, type Effect, type History, type Moment, now, type WaitedFor } from './history.js';

const PATIENCE_MS = 4_000;
const MAX_ATTEMPTS = 40;

export interface Called {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  readonly token: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the answer may be held back until no gateway can miss the write. */
  readonly waitSeconds?: number | null;
}

/** @returns null without an answer that can be read */
export async function call(url: string, asked: Call): Promise<Called | null> {
  const { body, headers, method, path, token, waitSeconds = null } = asked;
  try {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(waitSeconds === null ? {} : { prefer: `wait=${waitSeconds}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(PATIENCE_MS + (waitSeconds ?? 0) * 1_000),
    });
    const text = await response.text();
    const read: unknown = text === '' ? {} : JSON.parse(text);
    return { status: response.status, headers: response.headers, body: read as Record<string, unknown> };
  } catch {
    return null;
  }
}

/** A command: how to send it and what to look for in the log. */
export interface Command extends Call {
  readonly label: string;
  readonly kind: CommandRecord['kind'];
  readonly actor: string;
  readonly event: string;
  readonly stream: string | null;
  /** What must hold after its success. */
  readonly effect: (answer: Called) => Effect | null;
  /** Given: it is sent again under this key until somebody answers. */
  readonly idempotencyKey?: string | undefined;
}

export interface Sending {
  readonly history: History;
  readonly round: number;
  readonly url: string;
  /** To be called after each attempt: the moments of faults are counted in these. */
  readonly turn: () => void;
}

/** Sends a command and records what became of it. @returns the answer, if there was one */
export async function send(command: Command, { history, round, turn, url }: Sending): Promise<Called | null> {
  const record: CommandRecord = {
    label: command.label,
    kind: command.kind,
    round,
    actor: command.actor,
    event: command.event,
    stream: command.stream,
    sentAt: now(),
    answeredAt: null,
    status: 0,
    code: '',
    outcome: 'unknown',
    requestIds: [],
    lost: 0,
    maybes: 0,
    position: null,
    effect: null,
    waitedFor: null,
  };
  history.commands.push(record);
  const { idempotencyKey } = command;
  const headers = {
    ...command.headers,
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
  };
  const attempts = idempotencyKey === undefined ? 1 : MAX_ATTEMPTS;
  let answer: Called | null = null;
  for (let attempt = 0; attempt < attempts; attempt++) {
    answer = await call(url, { ...command, headers });
    turn();
    if (isSettledBy(record, command, answer)) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { code, outcome, position, status, waitedFor } = record;
  const at = position === null ? '' : ` at ${position}`;
  const waited = waitedFor === null ? '' : waitedFor.confirmedAt === null ? ', pending' : ', confirmed';
  history.note(`  ${command.label} -> ${outcome} ${status} ${code}${at}${waited}`);
  return answer;
}

/** Answers that leave open whether the command was carried out; all else is a yes or a no. */
const MAYBE = new Set([500, 502, 503, 504]);

/** @returns whether there is nothing more to be learned by asking again */
function isSettledBy(record: CommandRecord, command: Command, answer: Called | null): boolean {
  if (answer === null) {
    record.lost += 1;
    return false;
  }
  const { body, headers, status } = answer;
  record.status = status;
  record.code = typeof body['code'] === 'string' ? body['code'] : '';
  record.requestIds.push(headers.get('x-request-id') ?? '');
  if (MAYBE.has(status) || record.code === 'IDEMPOTENCY_KEY_IN_USE') {
    record.maybes += 1;
    return false;
  }
  record.answeredAt = now();
  if (status >= 300) {
    // What refuses this attempt may be what an earlier one has done.
    record.outcome = record.lost + record.maybes === 0 ? 'refused' : 'unknown';
    return true;
  }
  record.outcome = 'done';
  record.position = Number(headers.get('keyfold-position') ?? Number.NaN);
  record.effect = command.effect(answer);
  record.waitedFor = waitedForBy(answer, record.answeredAt);
  return true;
}

function waitedForBy({ body }: Called, answeredAt: Moment): WaitedFor | null {
  const confirmation = body['confirmation'] as { status: string; position: number } | undefined;
  if (confirmation === undefined) return null;
  return {
    position: confirmation.position,
    confirmedAt: confirmation.status === 'confirmed' ? answeredAt : null,
  };
}
