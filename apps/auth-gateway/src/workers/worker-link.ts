import type { Registry } from 'prom-client';
import type { JsonValue } from '@keyfold/domain';
import type { Readiness } from '@keyfold/service-kit';
import { type FromPrimary, type FromWorker, isOurs, type ListeningAt, type Question } from './messages.js';
import type { Siblings } from './siblings.js';

/** What the operations port says of a gateway process. */
export interface ProcessReports {
  readonly readiness: () => Readiness;
  readonly registry: Registry;
}

/** The primary does next to nothing: an answer that takes longer is not coming. */
const PRIMARY_PATIENCE_MS = 250;

/** A worker's end of the channel to the primary, and through it to the other workers. */
export class WorkerLink implements Siblings {
  private readonly listeners = new Map<string, (body: JsonValue) => void>();
  private readonly asked = new Map<number, (body: JsonValue) => void>();
  private nextId = 0;
  private reports: ProcessReports | undefined;

  constructor(
    readonly count: number,
    readonly slot: string,
  ) {
    process.on('message', (message) => {
      if (isOurs(message)) this.take(message as FromPrimary);
    });
  }

  /** Answers the primary's questions from now on; until then they are left unanswered. */
  report(reports: ProcessReports): void {
    this.reports = reports;
  }

  listening(at: ListeningAt): void {
    void this.tell({ keyfold: 'listening', at });
  }

  /** Resolves when the primary can read it. */
  cannotStart(sentence: string | null): Promise<void> {
    return this.tell({ keyfold: 'cannot-start', sentence });
  }

  send(topic: string, body: JsonValue): void {
    void this.tell({ keyfold: 'to-siblings', topic, body });
  }

  on(topic: string, listener: (body: JsonValue) => void): void {
    if (this.listeners.has(topic)) throw new Error(`somebody listens to ${topic} already`);
    this.listeners.set(topic, listener);
  }

  ask(topic: string, body: JsonValue): Promise<JsonValue> {
    const id = this.nextId++;
    return new Promise((resolve) => {
      const settle = (answer: JsonValue): void => {
        clearTimeout(timer);
        this.asked.delete(id);
        resolve(answer);
      };
      const timer = setTimeout(settle, PRIMARY_PATIENCE_MS, null);
      this.asked.set(id, settle);
      void this.tell({ keyfold: 'ask-primary', id, topic, body });
    });
  }

  private take(message: FromPrimary): void {
    switch (message.keyfold) {
      case 'ask':
        void this.answer(message.id, message.question);
        break;
      case 'primary-answer':
        this.asked.get(message.id)?.(message.body);
        break;
      case 'from-sibling':
        this.listeners.get(message.topic)?.(message.body);
        break;
    }
  }

  private async answer(id: number, question: Question): Promise<void> {
    if (this.reports === undefined) return;
    const { readiness, registry } = this.reports;
    const answer = question === 'readiness' ? readiness() : await registry.getMetricsAsJSON();
    await this.tell({ keyfold: 'answer', id, answer });
  }

  /** Never rejects: without a primary this process is about to end. */
  private tell(message: FromWorker): Promise<void> {
    return new Promise((resolve) => {
      if (process.send === undefined || !process.connected) resolve();
      else
        process.send(message, undefined, undefined, () => {
          resolve();
        });
    });
  }
}
