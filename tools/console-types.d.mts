/** The committed types of the console. */
export const TYPES_FILE: URL;
/** The types of an OpenAPI document, as text. */
export function consoleTypes(document: object): Promise<string>;
