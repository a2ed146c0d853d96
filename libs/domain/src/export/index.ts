export { encodeExportTrailer, parseExportTrailer } from './export-trailer.js';
export type { ExportTrailer } from './export-trailer.js';
export { firstDifference, rootOfSubtrees, SubtreeHashes } from './subtree-hashes.js';
export type { PositionRange, SubtreeList } from './subtree-hashes.js';
export { OpeningsDigest, type ExportedPart } from './openings-digest.js';
export { encodeExportRange, frontierBefore, parseExportRange, type ExportRange } from './export-range.js';
