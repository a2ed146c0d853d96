/** What the bodies of the upstream end with, so that the load need not read HTTP to see the end of an answer. */
export const ANSWER_END = '\n#end\n';
