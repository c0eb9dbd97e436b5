/** CI sets THOROUGH: of what `npm test`, which has three minutes, tries a part, more is tried there, and mostly everything. */
export const isThorough = process.env.THOROUGH !== undefined
/** `THOROUGH=all`: what takes longer than CI has, before a release. */
export const isWhole = process.env.THOROUGH === 'all'
