import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/**', '**/*.gen.ts', 'node_modules/**', '.keyfold/**', '**/*.cjs'] },
  {
    files: ['apps/**/*.ts', 'apps/**/*.tsx', 'libs/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Nest modules are classes that hold nothing but their decorator.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // Nest types its option bags as classes; plain objects are their documented use.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'max-lines': ['error', 300],
      'max-lines-per-function': ['error', 60],
      'max-params': ['error', 4],
      'max-depth': ['error', 3],
      complexity: ['error', 10],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Read the typed configuration instead.' },
      ],
    },
  },
  {
    files: ['apps/**/*.ts', 'libs/**/*.ts'],
    ignores: ['**/*spec.ts', '**/*.testing.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            "NewExpression[callee.property.name='Pool'] > ObjectExpression:not(:has(SpreadElement > CallExpression[callee.name='sessionSettings']))",
          message: 'Give it sessionSettings(): a process that stops must not keep its locks.',
        },
        {
          selector:
            'NewExpression[callee.property.name=/^(Pool|Client)$/] > ObjectExpression > Property[key.name=/^(options|(statement|lock|idle_in_transaction_session)_timeout)$/]',
          message: 'PgBouncer refuses start parameters: set it in the session (sessionSettings, applySettings).',
        },
        {
          selector: ":function:has(> Identifier.params[name='tx']) CallExpression[callee.name=/^(delay|setTimeout)$/]",
          message: 'Pause outside the transaction: its locks block others meanwhile.',
        },
      ],
    },
  },
  {
    files: [
      '**/main.ts',
      'apps/auth-gateway/src/prepare.ts',
      '**/*spec.ts',
      'test/**',
      'bench/**',
      'libs/service-kit/src/config/**',
      'libs/local-servers/**',
      'apps/local-stack/**',
    ],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['apps/console/**/*.ts', 'apps/console/**/*.tsx'],
    rules: {
      'max-lines': ['error', 300],
      // A page reads top-down as its markup does; a helper for every ten lines of it would hide the order.
      'max-lines-per-function': ['error', 120],
      complexity: ['error', 15],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      // TanStack Router's redirects are thrown by its own contract.
      '@typescript-eslint/only-throw-error': 'off',
    },
  },
  {
    files: ['**/*spec.ts', 'test/**', 'bench/**'],
    rules: { 'max-lines': ['error', 400], 'max-lines-per-function': 'off' },
  },
);
