import type { BoardLayout, BoardProblem } from '../board/board.ts'
import type { PlannedChange } from './plan.ts'

type Required = NonNullable<BoardLayout['demands']>['required'][number]

/**
 * What a board will refuse of a plan for what it demands of its items, in sentences, before anything is sent: columns that
 * must hold something and would not, and that there are rules. Whether a rule is met only the board can say.
 */
export class Lacking {
  readonly #layout: BoardLayout | null
  readonly #lacking = new Map<string, number>()
  #writes = 0

  constructor(layout: BoardLayout | null) {
    this.#layout = layout
  }

  /** Counts a planned change that would leave a required column empty. */
  add(change: PlannedChange): void {
    for (const step of change.steps) {
      if (step.kind !== 'create' && step.kind !== 'update') continue
      this.#writes += 1
      for (const one of requiredOf(this.#layout)) {
        const title = titleOf(one, this.#layout)
        const text = title === null ? undefined : step.cells[title]
        const isLacking = step.kind === 'create' ? (text ?? '') === '' : text === ''
        if (isLacking) this.#lacking.set(one.id, (this.#lacking.get(one.id) ?? 0) + 1)
      }
    }
  }

  sentences(kept: readonly string[]): BoardProblem[] {
    if (this.#writes === 0) return []
    const required = requiredOf(this.#layout).flatMap((one) => {
      const n = this.#lacking.get(one.id) ?? 0
      const isKept = kept.includes(titleOf(one, this.#layout) ?? '')
      return n === 0 ? [] : [isKept ? emptySentence(one, n) : unfilledSentence(one)]
    })
    return [...required, ...rulesSentence(this.#layout)]
  }
}

/** The same of the board alone: required columns that the mapping does not fill, and that there are rules. */
export function demandSentences(layout: BoardLayout, kept: readonly string[]): BoardProblem[] {
  const unfilled = requiredOf(layout).filter((one) => !kept.includes(titleOf(one, layout) ?? ''))
  return [...unfilled.map(unfilledSentence), ...rulesSentence(layout)]
}

/** Every item of ours has a name, and a key. */
function requiredOf(layout: BoardLayout | null): readonly Required[] {
  const required = layout?.demands?.required ?? []
  return required.filter(({ id }) => id !== 'name' && id !== layout?.keyColumnId)
}

/** The title by which the mapping knows a column, where it does. */
function titleOf({ id }: Required, layout: BoardLayout | null): string | null {
  return Object.entries(layout?.columns ?? {}).find(([, column]) => column.id === id)?.[0] ?? null
}

function unfilledSentence({ title }: Required): BoardProblem {
  return {
    level: 'warning',
    code: 'column-required',
    column: title,
    message: `The board requires column "${title}", which the mapping does not fill: new items will be refused`,
    hint: `Add "${title}" to the columns of the mapping, or make it optional on the board`,
  }
}

function emptySentence({ title }: Required, n: number): BoardProblem {
  const [what, them] = n === 1 ? ['1 item has', 'it'] : [`${n} items have`, 'they']
  return {
    level: 'warning',
    code: 'value-required',
    column: title,
    message: `The board requires column "${title}", for which ${what} nothing: ${them} will be refused`,
    hint: 'Give the records a value, or the mapping one for those that have none, or make the column optional on the board',
  }
}

function rulesSentence(layout: BoardLayout | null): BoardProblem[] {
  const rules = layout?.demands?.rules ?? 0
  if (rules === 0) return []
  const what = rules === 1 ? 'a validation rule' : `${rules} validation rules`
  return [
    {
      level: 'warning',
      code: 'board-rules',
      message: `The board has ${what} of its own: items that do not meet ${rules === 1 ? 'it' : 'them'} will be refused`,
      hint: 'Look at the rules on the board; what is refused is listed by boardsync refused',
    },
  ]
}
