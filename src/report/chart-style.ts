/** Colours that stay apart for people who confuse some, and in grey on paper: Okabe and Ito's, in an order of lightness. */
export const COLORS = {
  main: '#0072B2',
  second: '#E69F00',
  third: '#56B4E9',
  good: '#009E73',
  bad: '#D55E00',
  total: '#555555',
} as const

/** What all charts have: no movement, nothing that answers to a mouse, room for labels. */
export const CHART_BASE = {
  animation: false,
  grid: { left: 12, right: 24, top: 52, bottom: 12, outerBoundsMode: 'same', outerBoundsContain: 'all' },
  // Without a page texts are measured too short: names of some words would run into the next mark.
  legend: { top: 4, itemGap: 44 },
} as const

/** A series that only draws. */
export const STILL = { silent: true, emphasis: { disabled: true } } as const

export function categories(names: readonly string[]): object {
  return { type: 'category', data: names, axisTick: { show: false }, axisLabel: { interval: 0, hideOverlap: true } }
}

/** An axis of numbers with its unit written at its end. */
export function values(unit: string): object {
  return { type: 'value', name: unit, nameTextStyle: { align: 'left' }, splitLine: { lineStyle: { color: '#dddddd' } } }
}
