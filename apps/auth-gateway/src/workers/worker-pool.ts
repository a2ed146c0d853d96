import { type Logger, STOP_WITHIN_MS } from '@keyfold/service-kit';
import type { Answers, FromWorker, ListeningAt, Question } from './messages.js';
import type { PrimaryAnswers } from './siblings.js';
import { type SlotListener, WorkerSlot } from './worker-slot.js';

/**
 * A worker gives up earlier by itself; what is killed here has hung altogether. The primary still ends in its own time.
 */
const STOP_MS = STOP_WITHIN_MS - 1_000;
const ANSWER_MS = 4_000;
const BEAT_MS = 2_000;
/**
 * Beats without a word from a worker. Counted, not timed: when all of the gateway was stopped for a while, no worker is
 * to blame.
 */
const SILENT_BEATS = { late: 3, hangs: 6 };

/** A worker could not start when the gateway did. */
export class WorkersCannotStartError extends Error {
  override readonly name = 'WorkersCannotStartError';

  /** @param sentence for the operator; null if the worker has written what it knows to its log */
  constructor(readonly sentence: string | null) {
    super(sentence ?? 'a worker could not start');
  }
}

interface Asked {
  readonly question: Question;
  readonly slot: WorkerSlot;
  readonly resolve: (answer: Answers[Question] | null) => void;
}

/**
 * The worker processes of a gateway: starts them, starts them again, asks them and carries what they tell each other.
 */
export class WorkerPool {
  private readonly slots: readonly WorkerSlot[];
  private readonly asked = new Map<number, Asked>();
  private nextId = 0;
  private _ended = 0;
  private hasStarted = false;
  private heartbeat: NodeJS.Timeout | undefined;
  private starting: { resolve: (at: ListeningAt) => void; reject: (error: Error) => void } | undefined;

  constructor(
    count: number,
    private readonly log: Logger,
    private readonly answers: PrimaryAnswers = {},
  ) {
    this.slots = Array.from({ length: count }, (_, at) => new WorkerSlot(at + 1, this.listener, log));
  }

  get count(): number {
    return this.slots.length;
  }

  get listening(): number {
    return this.slots.filter((slot) => slot.isListening).length;
  }

  /** Workers that have ended, by themselves or by somebody, since the gateway has run. */
  get ended(): number {
    return this._ended;
  }

  /**
   * Starts all workers; resolves once all of them listen.
   *
   * @throws WorkersCannotStartError if one ends before; the others are to be stopped then
   */
  start(): Promise<ListeningAt> {
    return new Promise((resolve, reject) => {
      this.starting = { resolve, reject };
      for (const slot of this.slots) slot.start();
      this.heartbeat = setInterval(() => {
        this.beat();
      }, BEAT_MS);
    });
  }

  /** Asks every worker that listens; those that do not answer in time are left out. */
  async ask<Q extends Question>(question: Q): Promise<{ slot: WorkerSlot; answer: Answers[Q] }[]> {
    const answers = await Promise.all(
      this.slots
        .filter((slot) => slot.isListening)
        .map(async (slot) => ({ slot, answer: await this.askOne(slot, question) })),
    );
    return answers.flatMap(({ answer, slot }) => (answer === null ? [] : [{ slot, answer }]));
  }

  /** Whether every worker that listens has been heard of lately. */
  isAlive(): boolean {
    return this.slots.every((slot) => slot.silentBeats < SILENT_BEATS.late);
  }

  /** Ends all workers; resolves to whether all of them ended in order. */
  async stop(): Promise<boolean> {
    clearInterval(this.heartbeat);
    const stopped = await Promise.all(this.slots.map((slot) => slot.stop(STOP_MS)));
    return stopped.every(Boolean);
  }

  private askOne<Q extends Question>(slot: WorkerSlot, question: Q): Promise<Answers[Q] | null> {
    const id = this.nextId++;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.asked.delete(id);
        resolve(null);
      }, ANSWER_MS);
      const take = (answer: Answers[Question] | null): void => {
        clearTimeout(timer);
        this.asked.delete(id);
        // The answer carries the id of this question.
        resolve(answer as Answers[Q] | null);
      };
      this.asked.set(id, { question, slot, resolve: take });
      if (!slot.send({ keyfold: 'ask', id, question })) take(null);
    });
  }

  private beat(): void {
    for (const slot of this.slots) {
      if (!slot.isListening) continue;
      if (slot.silentBeats >= SILENT_BEATS.hangs) {
        this.log.error({ worker: slot.number }, 'a worker no longer answers and is killed');
        slot.kill();
      }
      slot.silentBeats++;
      void this.askOne(slot, 'readiness');
    }
  }

  private take(slot: WorkerSlot, message: FromWorker): void {
    if (message.keyfold === 'answer') this.asked.get(message.id)?.resolve(message.answer);
    else if (message.keyfold === 'ask-primary') {
      const { body, id, topic } = message;
      slot.send({ keyfold: 'primary-answer', id, body: this.answers[topic]?.(body) ?? null });
    } else if (message.keyfold === 'to-siblings') {
      const { body, topic } = message;
      for (const other of this.slots) if (other !== slot) other.send({ keyfold: 'from-sibling', topic, body });
    }
  }

  private readonly listener: SlotListener = {
    listening: (_slot, at) => {
      if (this.hasStarted || this.listening < this.count) return;
      this.hasStarted = true;
      this.starting?.resolve(at);
    },
    cannotStart: (slot, sentence) => {
      if (this.hasStarted) this.log.error({ worker: slot.number, sentence }, 'a worker cannot start');
      else this.starting?.reject(new WorkersCannotStartError(sentence));
    },
    message: (slot, message) => {
      this.take(slot, message);
    },
    ended: (slot) => {
      for (const asked of this.asked.values()) if (asked.slot === slot) asked.resolve(null);
      // A gateway that has never run does not try again: whoever starts it is told.
      if (!this.hasStarted) this.starting?.reject(new WorkersCannotStartError(null));
      else this._ended++;
      return this.hasStarted;
    },
  };
}
