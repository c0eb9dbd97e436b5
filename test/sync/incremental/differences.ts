/** Where two tellings differ, in sentences. */
export function differences(incremental: ReadonlyMap<string, string>, scratch: ReadonlyMap<string, string>): string[] {
  const names = [...new Set([...incremental.keys(), ...scratch.keys()])].sort()
  return names.flatMap((name) => {
    const [was, is] = [incremental.get(name) ?? 'nothing', scratch.get(name) ?? 'nothing']
    if (was === is) return []
    let at = 0
    while (was[at] === is[at]) at += 1
    const around = (text: string) => text.slice(Math.max(0, at - 80), at + 80)
    return [`${name}: …${around(was)}… by following, …${around(is)}… from scratch`]
  })
}
