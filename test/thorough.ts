/** CI sets THOROUGH: everything is tried there of which `npm test`, which has three minutes, tries a part. */
export const isThorough = process.env.THOROUGH !== undefined
/** `THOROUGH=all`: what takes longer than CI has, before a release. */
export const isWhole = process.env.THOROUGH === 'all'
