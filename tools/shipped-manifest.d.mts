/** Writes a package.json and a lock file of what is shipped to a folder. @returns the names of the dependencies */
export function writeShippedManifest(root: string, folder: string): string[];
