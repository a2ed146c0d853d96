import { expect, test } from '@jest/globals';
import { SURFACES } from '../../../apps/auth-gateway/src/authentication/verdict.js';
import { COMMANDS } from '../plan.js';
import { problemsOfShare, type Share, sumOfShares } from './share.js';

const LEAST = { command: 2, confirmed: 3, allowed: 4, refused: 4 };
const enough: Share = {
  commands: new Map(COMMANDS.map((kind) => [kind, 1])),
  confirmed: 2,
  surfaces: new Map(SURFACES.map((surface) => [surface, { allowed: 2, refused: 2 }])),
};

test('a run in which each kind of operation happened often enough says something', () => {
  expect(problemsOfShare(sumOfShares([enough, enough]), LEAST)).toEqual([]);
});

test.each<[string, Share]>([
  ['a command', { ...enough, commands: new Map([...enough.commands, ['erase', 0]]) }],
  [
    'a surface that let pass too little',
    { ...enough, surfaces: new Map([...enough.surfaces, ['grpc', { allowed: 1, refused: 9 }]]) },
  ],
  [
    'a surface that refused too little',
    { ...enough, surfaces: new Map([...enough.surfaces, ['nats', { allowed: 9, refused: 1 }]]) },
  ],
  ['confirmations', { ...enough, confirmed: 0 }],
])('finds too little of %s', (_name, little) => {
  expect(problemsOfShare(sumOfShares([little, enough]), LEAST)).toHaveLength(1);
});
