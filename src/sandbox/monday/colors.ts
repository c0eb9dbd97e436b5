/** A colour that labels of status columns can have. */
export interface LabelColor {
  /** The value of `StatusColumnColors`. */
  readonly name: string
  /** monday's number of it, which is also the label id that a new label of this colour gets. */
  readonly id: number
  readonly hex: string
  readonly border: string
}

/** monday's palette: number, hex and border as seen on real boards, or the hex itself where no border was seen. */
export const LABEL_COLORS: readonly LabelColor[] = (
  [
    ['working_orange', 0, '#fdab3d', '#e99729'],
    ['done_green', 1, '#00c875', '#00b461'],
    ['stuck_red', 2, '#df2f4a', '#ce3048'],
    ['dark_blue', 3, '#007eb5', '#3db0df'],
    ['purple', 4, '#9d50dd', '#9238af'],
    ['explosive', 5, '#c4c4c4', '#b0b0b0'],
    ['grass_green', 6, '#037f4c', '#006b38'],
    ['bright_blue', 7, '#579bfc', '#4387e8'],
    ['saladish', 8, '#cab641', '#c0ab31'],
    ['egg_yolk', 9, '#ffcb00', '#c0ab1b'],
    ['blackish', 10, '#333333', '#000000'],
    ['dark_red', 11, '#bb3354', '#a42d4a'],
    ['sofia_pink', 12, '#ff007f', '#e01279'],
    ['lipstick', 13, '#ff5ac4', '#e04fac'],
    ['dark_purple', 14, '#784bd1', '#8f4dc4'],
    ['bright_green', 15, '#9cd326', '#89b921'],
    ['chili_blue', 16, '#66ccff', '#5ab3e0'],
    ['american_gray', 17, '#757575', '#707070'],
    ['brown', 18, '#7f5347', '#70493e'],
    ['dark_orange', 19, '#ff642e', '#dc5627'],
    ['sunset', 101, '#ff7575', '#ff7575'],
    ['bubble', 102, '#faa1f1', '#faa1f1'],
    ['peach', 103, '#ffadad', '#ffadad'],
    ['berry', 104, '#7e3b8a', '#7e3b8a'],
    ['winter', 105, '#9aadbd', '#9aadbd'],
    ['river', 106, '#68a1bd', '#68a1bd'],
    ['navy', 107, '#225091', '#225091'],
    ['aquamarine', 108, '#4eccc6', '#4eccc6'],
    ['indigo', 109, '#5559df', '#5559df'],
    ['dark_indigo', 110, '#401694', '#401694'],
    ['pecan', 151, '#563e3e', '#563e3e'],
    ['lavender', 152, '#bda8f9', '#bda8f9'],
    ['royal', 153, '#216edf', '#216edf'],
    ['steel', 154, '#a9bee8', '#a9bee8'],
    ['orchid', 155, '#9d99b9', '#9d99b9'],
    ['lilac', 156, '#e484bd', '#e484bd'],
    ['tan', 157, '#bca58a', '#bca58a'],
    ['sky', 158, '#a1e3f6', '#a1e3f6'],
    ['coffee', 159, '#cd9282', '#cd9282'],
    ['teal', 160, '#175a63', '#175a63'],
  ] as const
).map(([name, id, hex, border]) => ({ name, id, hex, border }))

const BY_NAME = new Map(LABEL_COLORS.map((color) => [color.name, color]))
const BY_ID = new Map(LABEL_COLORS.map((color) => [color.id, color]))

/** The grey of an empty status; its number is the label id that an empty cell shows. */
export const EMPTY_LABEL_ID = 5

export function colorByName(name: string): LabelColor | undefined {
  return BY_NAME.get(name)
}

/** The colour with this number, or grey. */
export function colorById(id: number): LabelColor {
  return BY_ID.get(id) ?? (BY_ID.get(EMPTY_LABEL_ID) as LabelColor)
}

/** Colours that new groups get in turn. */
export const GROUP_COLORS = [
  '#579bfc',
  '#a25ddc',
  '#00c875',
  '#fdab3d',
  '#e2445c',
  '#037f4c',
  '#66ccff',
  '#ff5ac4',
] as const

/** Names that `update_group` takes for a group's colour. */
export const GROUP_COLOR_NAMES: Readonly<Record<string, string>> = {
  'dark-green': '#037f4c',
  orange: '#fdab3d',
  blue: '#579bfc',
  'light-blue': '#66ccff',
  green: '#00c875',
  red: '#e2445c',
  purple: '#a25ddc',
  'dark-purple': '#784bd1',
  pink: '#ff5ac4',
  'dark-pink': '#ff007f',
  yellow: '#ffcb00',
  'lime-green': '#9cd326',
  grey: '#c4c4c4',
  trolley_grey: '#757575',
  'soft-black': '#333333',
  brown: '#7f5347',
  'dark-orange': '#ff642e',
  'dark-red': '#bb3354',
  turquoise: '#66ccff',
}
