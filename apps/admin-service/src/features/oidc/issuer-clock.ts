/** How far the issuer's clock may be from ours, either way, in every check of a token's times. */
export const CLOCK_TOLERANCE_SECONDS = 30;
