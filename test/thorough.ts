/** CI sets THOROUGH: everything is tried there of which `npm test`, which has three minutes, tries a part. */
export const isThorough = process.env.THOROUGH !== undefined
