/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/test', '<rootDir>/bench'],
  testMatch: ['**/*.spec.ts', '**/*.int-spec.ts', '**/*.e2e-spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^@keyfold/testing/(.+)$': '<rootDir>/test/support/$1.ts',
    '^@keyfold/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        sourceMaps: 'inline',
        module: { type: 'es6' },
        jsc: {
          target: 'es2024',
          keepClassNames: true,
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
      },
    ],
  },
  // Generous: what waits, waits for a condition, and a machine with too much to do is no reason to fail.
  testTimeout: 300_000,
  // ESM modules of a test file are never freed inside one worker, so a worker that has grown is replaced between files.
  workerIdleMemoryLimit: '1GB',
  globalSetup: '<rootDir>/tools/run-folder.mjs',
  globalTeardown: '<rootDir>/tools/remove-run-folder.mjs',
  testSequencer: '<rootDir>/tools/fresh-workers-sequencer.mjs',
  reporters: ['default', '<rootDir>/tools/closing-line-reporter.mjs'],
};
