import base from '../../jest.config.mjs';

// One file: in this process, which has nothing to replace.
const { workerIdleMemoryLimit: _, ...inOneProcess } = base;

/** @type {import('jest').Config} */
export default {
  ...inOneProcess,
  rootDir: '../..',
  roots: ['<rootDir>/test/faults'],
  testMatch: ['**/*.fault-spec.ts'],
};
