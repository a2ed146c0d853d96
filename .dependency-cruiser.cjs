const { FLOORS, floorRules } = require('./tools/import-floors.cjs');

module.exports = {
  forbidden: [
    ...Object.entries(FLOORS).flatMap(([root, floors]) => floorRules(root, floors)),
    {
      name: 'domain-is-pure',
      severity: 'error',
      from: { path: '^libs/domain/src', pathNot: 'spec\\.ts$' },
      to: { pathNot: '^(libs/domain/src|node:crypto$|crypto$|node_modules/(zod|canonicalize|ipaddr\\.js)/)' },
    },
    {
      name: 'event-store-inward',
      severity: 'error',
      from: { path: '^libs/event-store' },
      to: { path: '^(apps|libs/messaging)' },
    },
    { name: 'messaging-inward', severity: 'error', from: { path: '^libs/messaging' }, to: { path: '^apps' } },
    {
      name: 'service-kit-inward',
      severity: 'error',
      from: { path: '^libs/service-kit' },
      to: { path: '^(apps|libs/(messaging|event-store|local-servers))' },
    },
    {
      name: 'local-servers-stand-alone',
      severity: 'error',
      from: { path: '^libs/local-servers/src' },
      to: { path: '^(apps|libs/(?!local-servers|file-lock))' },
    },
    {
      name: 'file-lock-stands-alone',
      severity: 'error',
      from: { path: '^libs/file-lock/src' },
      to: { path: '^(apps|libs/(?!file-lock))' },
    },
    {
      name: 'apps-apart',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'sources-do-not-import-tests',
      severity: 'error',
      from: { path: '^(apps|libs)', pathNot: 'spec\\.ts$' },
      to: { path: '^test/|spec\\.ts$' },
    },
    {
      // Where tracing is off it costs nothing: OpenTelemetry is imported when it is switched on, and otherwise for its
      // types alone.
      name: 'opentelemetry-only-when-on',
      severity: 'error',
      from: {},
      to: { path: '@opentelemetry/', dynamic: false, dependencyTypesNot: ['type-only', 'type-import'] },
    },
    {
      name: 'nest-at-the-edges-of-the-gateway',
      comment: 'gateway-parts.ts wires the gateway; Nest serves its controllers and transports.',
      severity: 'error',
      from: {
        path: '^apps/auth-gateway/src/',
        pathNot: '(/[^/]+\\.controller|/gateway\\.module|/start-gateway|/grpc-listener|/verify-strategy|spec)\\.ts$',
      },
      to: { path: '@nestjs/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-deep-lib-imports',
      severity: 'error',
      from: { path: '^(apps|libs)/([^/]+)/' },
      to: { path: '^libs/([^/]+)/src/', pathNot: ['^libs/[^/]+/src/index.ts$', '^libs/$2/'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
    moduleSystems: ['es6'],
  },
};
