/** Problems in the order in which they came, but those with the same next step together, so that it is said once after the last of them. */
export function byNextStep<T extends { readonly hint?: string | undefined }>(problems: readonly T[]): readonly T[][] {
  const together = new Map<string | T, T[]>()
  for (const problem of problems) {
    const key = problem.hint ?? problem
    const group = together.get(key) ?? []
    together.set(key, group)
    group.push(problem)
  }
  return [...together.values()]
}
