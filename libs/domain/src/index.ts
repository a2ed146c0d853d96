export * from './log/index.js';
export * from './keys/index.js';
export * from './model/index.js';
export * from './export/index.js';
export * from './time/index.js';
export * from './lease/index.js';
export * from './receipts/index.js';
export * from './audit/index.js';
