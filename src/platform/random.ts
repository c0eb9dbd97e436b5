/** Chance as a port: jitter takes it as an argument, so that tests can choose it. 0 <= r < 1. */
export const systemRandom = (): number => Math.random()
