/** A text with fields in braces: `{account.name}: {opportunity.name}`, in pieces. */
export type TemplatePart = { readonly text: string } | { readonly path: string; readonly offset: number }

/** Splits a template; a brace that is never closed comes back as `unclosed`, its place. */
export function splitTemplate(template: string): {
  readonly parts: readonly TemplatePart[]
  readonly unclosed?: number
} {
  const parts: TemplatePart[] = []
  let text = ''
  for (let i = 0; i < template.length; i++) {
    const char = template[i]
    if (char !== '{') {
      text += char
      continue
    }
    const end = template.indexOf('}', i)
    if (end < 0) return { parts, unclosed: i }
    if (text !== '') parts.push({ text })
    text = ''
    parts.push({ path: template.slice(i + 1, end).trim(), offset: i + 1 })
    i = end
  }
  if (text !== '') parts.push({ text })
  return { parts }
}

/**
 * Joins the pieces of a template, `values` being those of its fields in order.
 *
 * A field that is empty is left out together with the text that joins it to its neighbour and the brackets around it:
 * `{a}: {b}` is `A: B`, `A` or `B`; `{a} ({b})` is `A (B)`, `A` or `B`. When all fields are empty, so is the whole.
 */
export function joinTemplate(parts: readonly TemplatePart[], values: readonly string[]): string {
  if (values.length > 0 && values.every((value) => value === '')) return ''
  const texts = textsBetween(parts)
  let joined = texts[0] ?? ''
  let anyValue = false
  let bracketDropped = false
  values.forEach((value, i) => {
    const written = i === 0 ? '' : (texts[i] ?? '')
    const joint = bracketDropped ? written.replace(CLOSING, '') : written
    const opens = OPENING.test(i === 0 ? joined : joint)
    bracketDropped = false
    if (value === '') {
      bracketDropped = opens
      if (i === 0) joined = joined.replace(OPENING, '')
      return
    }
    if (anyValue) joined += joint
    else bracketDropped = i > 0 && opens
    joined += value
    anyValue = true
  })
  const last = values.length === 0 ? '' : (texts[values.length] ?? '')
  return (joined + (bracketDropped ? last.replace(CLOSING, '') : last)).trim()
}

const OPENING = /[([{«“]\s*$/
const CLOSING = /^\s*[)\]}»”]/

/** The texts before, between and after the fields: always one more than there are fields. */
function textsBetween(parts: readonly TemplatePart[]): string[] {
  const texts = ['']
  for (const part of parts) {
    if ('text' in part) texts[texts.length - 1] += part.text
    else texts.push('')
  }
  return texts
}
