import base from '../../jest.config.mjs';

/** @type {import('jest').Config} */
export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/verifiers'],
  testMatch: ['**/*.verifier-spec.ts'],
};
