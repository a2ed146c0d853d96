import type { Part } from '../harness/figure.js';
import { withScratch } from '../support/scratch.js';
import { commandFigures } from './command-figures.js';
import { FEW_EVENTS, MANY_EVENTS } from './sample-events.js';
import { serviceFigures } from './service-figures.js';

export const auditPart: Part = {
  name: 'audit',
  about: `verify and replay of ${FEW_EVENTS} and ${MANY_EVENTS} events; explanations and exports of a log of ${MANY_EVENTS}`,
  run: async (options) => [
    ...(await withScratch((folder) => commandFigures(folder, options))),
    ...(await serviceFigures(options)),
  ],
};
