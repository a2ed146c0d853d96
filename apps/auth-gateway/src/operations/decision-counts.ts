import { Counter, type Registry } from 'prom-client';
import { type AccessReason, DECISION_REASONS, GATEWAY_REASONS } from '@keyfold/domain';
import { type Surface, SURFACES } from '../authentication/verdict.js';

const REASONS = [...DECISION_REASONS, ...GATEWAY_REASONS];
type Counts = Record<AccessReason | 'allowed', number>;

/**
 * Decisions by surface and reason. Plain numbers, handed to the metrics when somebody asks: a labelled counter costs
 * more than a decision.
 */
export class DecisionCounts {
  private readonly counts = Object.fromEntries(SURFACES.map((surface) => [surface, noCounts()])) as Record<
    Surface,
    Counts
  >;

  allowed(surface: Surface): void {
    this.counts[surface].allowed++;
  }

  refused(surface: Surface, reason: AccessReason): void {
    this.counts[surface][reason]++;
  }

  /** Neither user names nor key ids are labels. */
  register(registry: Registry): void {
    const counts = this.counts;
    new Counter({
      name: 'keyfold_gateway_decisions_total',
      help: 'Decisions by surface, result and reason.',
      labelNames: ['surface', 'result', 'reason'],
      registers: [registry],
      collect() {
        this.reset();
        for (const surface of SURFACES) {
          this.inc({ surface, result: 'allowed', reason: 'none' }, counts[surface].allowed);
          for (const reason of REASONS) this.inc({ surface, result: 'refused', reason }, counts[surface][reason]);
        }
      },
    });
  }
}

function noCounts(): Counts {
  return Object.fromEntries([...REASONS, 'allowed'].map((name) => [name, 0])) as Counts;
}
