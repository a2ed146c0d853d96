import simpleImportSort from 'eslint-plugin-simple-import-sort';
import tseslint from 'typescript-eslint';

// Node's modules, packages, ours, then what lies beside: one block, since a block of ten lines needs no gaps.
const IMPORT_ORDER = [['^\\u0000', '^node:', '^@?\\w', '^@keyfold/', '^\\.\\.', '^\\.', '\\.css$']];

// What ESLint has but once: a later block with the same rule replaces an earlier one.
const ONE_WAY = [
  { selector: 'CatchClause > Identifier.param[name!="error"]', message: 'Name it error, as everywhere.' },
  {
    selector:
      "CallExpression[callee.property.name='catch'] > ArrowFunctionExpression > Identifier.params[name!='error']",
    message: 'Name it error, as everywhere.',
  },
  {
    selector: 'PropertyDefinition > PrivateIdentifier, MethodDefinition > PrivateIdentifier',
    message: 'Write private.',
  },
];

/** Global names as ESLint takes them. */
function readable(...names) {
  return Object.fromEntries(names.map((name) => [name, 'readonly']));
}

export default tseslint.config(
  { ignores: ['dist/**', '**/*.gen.ts', 'node_modules/**', '.keyfold/**', 'bench/better-auth/packages/**'] },
  {
    files: ['**/*.ts', '**/*.tsx', '**/*.mjs', '**/*.cjs'],
    plugins: { 'simple-import-sort': simpleImportSort },
    rules: {
      'simple-import-sort/imports': ['error', { groups: IMPORT_ORDER }],
      'no-restricted-syntax': ['error', ...ONE_WAY],
      // Prettier breaks code; it leaves comments, and strings, which SQL and sentences may fill.
      'max-len': [
        'error',
        { code: 120, ignoreUrls: true, ignoreStrings: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true },
      ],
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    extends: [...tseslint.configs.recommended],
    languageOptions: { globals: readable('Buffer', 'console', 'fetch', 'module', 'process', 'require', 'URL') },
    rules: {
      // No compiler looks at these files.
      'no-undef': 'error',
      '@typescript-eslint/no-require-imports': 'off',
      complexity: ['error', 10],
      'max-lines': ['error', 300],
    },
  },
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
        ...ONE_WAY,
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
      'apps/auth-gateway/src/rebuild.ts',
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
