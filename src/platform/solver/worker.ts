import { parentPort } from 'node:worker_threads'
import highsModule from 'highs'
import type { LinearProgram } from '../solver.ts'
import type { Asked, Solved, Told } from './messages.ts'

const port = parentPort
if (port === null) throw new Error('This file is the thread of the solver and does nothing alone')
const tell = (told: Told) => port.postMessage(told)

// The package's types are those of its CommonJS form; what an import gets is the loader itself.
const load = highsModule as unknown as typeof highsModule.default
const highs = await load()
const { callbackType, modelStatus, variableType } = highs.constants

port.on('message', ({ program, limitMs, withPrices }: Asked) => {
  try {
    tell({ is: 'solved', solved: solve(program, limitMs, withPrices) })
  } catch (error) {
    tell({ is: 'failed', message: error instanceof Error ? error.message : String(error) })
  }
})
tell({ is: 'ready' })

function solve(program: LinearProgram, limitMs: number, withPrices: boolean): Solved {
  const started = performance.now()
  const left = () => Math.max(0.05, (limitMs - (performance.now() - started)) / 1000)
  const columns = program.cost.length
  const rows = program.rowUpper.length
  using model = highs.createModel({
    numCols: columns,
    numRows: rows,
    sense: highs.constants.objectiveSense.maximize,
    colCost: program.cost,
    colLower: program.lower,
    colUpper: program.upper,
    rowLower: new Float64Array(rows).fill(-highs.infinity),
    rowUpper: program.rowUpper,
    matrix: {
      format: 'csr',
      numRows: rows,
      numCols: columns,
      starts: program.starts,
      indices: program.indices,
      values: program.values,
    },
  })
  model.options.set({ output_flag: false, time_limit: left() })

  let prices: Float64Array | null = null
  if (withPrices) {
    model.run()
    const status = model.getModelStatus()
    if (status === modelStatus.infeasible) return { status: 'infeasible', values: null, bound: -highs.infinity, prices }
    if (status === modelStatus.optimal) {
      // Of a program that makes something greatest, HiGHS gives each row the value of one more of it.
      const { rowDual } = model.getSolution()
      prices = rowDual
      tell({ is: 'prices', prices: rowDual })
    }
    model.clearSolver()
    model.zeroAllClocks()
  }

  program.isWhole.forEach((isWhole, column) => {
    if (isWhole === 1) model.changeColIntegrality(column, variableType.integer)
  })
  // Its own tolerance would let a plan that is a little worse pass for the best.
  model.options.set({ mip_rel_gap: 0, mip_abs_gap: 1e-6, time_limit: left() })
  if (program.start !== undefined) model.setSolution({ colValue: program.start })
  let bound = highs.infinity
  const better = (told: number | undefined) => {
    if (told === undefined || !(told < bound)) return
    bound = told
    tell({ is: 'bound', bound })
  }
  model.run({
    [callbackType.mipImprovingSolution]: ({ data }) => {
      if (data.mip_solution !== undefined) tell({ is: 'better', values: data.mip_solution })
      better(data.mip_dual_bound)
    },
    [callbackType.mipLogging]: ({ data }) => {
      better(data.mip_dual_bound)
    },
  })
  const status = model.getModelStatus()
  if (status === modelStatus.infeasible) return { status: 'infeasible', values: null, bound: -highs.infinity, prices }
  const told = model.info.get('mip_dual_bound')
  better(Number(told))
  const isKnown = Number(model.info.get('primal_solution_status')) === highs.constants.solutionStatus.feasible
  const values = isKnown ? model.getSolution().colValue : null
  return { status: status === modelStatus.optimal ? 'optimal' : 'limit', values, bound, prices }
}
