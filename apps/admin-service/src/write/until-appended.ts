import type { AppendOutcome } from '@keyfold/event-store';

export const SYSTEM_ACTOR = 'system';

const MAX_ROUNDS = 20;

/** Decides and appends again while other replicas, which do the same at the same time, are faster. */
export async function untilAppended(attempt: () => Promise<AppendOutcome>): Promise<AppendOutcome> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const outcome = await attempt();
    if (outcome.kind === 'refused') throw outcome.error;
    if (outcome.kind !== 'version-conflict' && outcome.kind !== 'outdated') return outcome;
  }
  throw new Error('the first records could not be appended: others change the same streams all the time');
}
