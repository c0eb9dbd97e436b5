import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('../../../../shared/oracles/', import.meta.url))

/** Published numbers, kept beside the project; tests that need them are skipped where they are missing. */
export const HAS_ORACLES = existsSync(`${FOLDER}oracles.json`)

type Row = readonly number[]

interface Oracles {
  readonly wilson95: { readonly rows: readonly Row[] }
  readonly newcombe_diff95: { readonly rows: readonly Row[] }
  readonly mh_berkeley: {
    readonly 'strata_male_adm,male_rej,female_adm,female_rej': readonly Row[]
    readonly crude: {
      readonly male: Row
      readonly female: Row
      readonly diff: number
      readonly newcombe: Row
      readonly or: number
      readonly pearson: number
      readonly yates: number
    }
    readonly stratum_or: Row
    readonly mh_or: number
    readonly mh_or_ci_rbg: Row
    readonly cmh_no_cc: Row
    readonly cmh_cc: Row
    readonly derived: { readonly mh_rd: number; readonly mh_rd_ci_greenland_robins: Row }
  }
  readonly mh_doll_hill: {
    readonly strata: readonly Row[]
    readonly mh_or: number
    readonly cmh_no_cc: number
    readonly mh_rd: number
    readonly mh_rd_ci: Row
    readonly mh_rr: number
    readonly mh_rr_ci: Row
  }
  readonly km_6mp: {
    readonly mp: readonly Row[]
    readonly placebo: Row
    readonly mp_S: Readonly<Record<string, readonly (number | null)[]>>
    readonly placebo_S: Readonly<Record<string, readonly (number | null)[]>>
    readonly median: { readonly mp: readonly (number | null)[]; readonly placebo: readonly (number | null)[] }
    readonly quartiles_mp: readonly (number | null)[]
    readonly quartiles_placebo: readonly (number | null)[]
    readonly logrank: {
      readonly O: Row
      readonly E: Row
      readonly V: number
      readonly chi2: number
      readonly p: number
      readonly wilcoxon: number
      readonly tarone_ware: number
      readonly peto: number
    }
    readonly cox: {
      readonly efron: Row
      readonly breslow: Row
      readonly LR_efron: number
      readonly wald_efron: number
      readonly score_efron: number
    }
    readonly rmst_derived: Readonly<Record<string, Row>>
  }
  readonly immortal_time_stanford: {
    readonly naive_time_fixed_cox_efron: CoxOracle
    readonly time_dependent_cox_efron: CoxOracle & { readonly p: number }
    readonly counts: { readonly n: number; readonly tx: number; readonly deaths_tx: number; readonly deaths_no: number }
  }
  readonly aalen_johansen_mstate: {
    readonly 'rows_id_t1_t2_state(1=a,2=b,3=c,0=cens)': readonly Row[]
    readonly times: Row
    readonly 'pstate_times_32(entry,a,b,c)': readonly Row[]
    readonly 'n_risk(entry,a,b,c)': readonly Row[]
  }
  readonly bh1995: {
    readonly p: Row
    readonly q_adj: Row
    readonly rejected_q05: number
    readonly bonferroni_rejected: number
  }
  readonly eb_rats: {
    readonly data: string
    readonly derived_mle_70: Row
    readonly 'beta_ppf(5.4,18.6)': Row
  }
  readonly evalue: readonly Row[]
  readonly decompose_airpassengers_mult_seasonal: Row
  readonly csat: { readonly delighted: Readonly<Record<string, number>> & { readonly wilson: Row } }
  readonly attribution: { readonly time_decay_hl7_ages_0_7_14_21: Row }
  readonly forecast_poisson_binomial_derived: {
    readonly deals: readonly Row[]
    readonly mean: number
    readonly sd: number
    readonly p10_p50_p90: Row
    readonly 'P(>=200k)': number
    readonly count_pmf: Row
  }
}

interface CoxOracle {
  readonly coef: number
  readonly se: number
  readonly hr: number
  readonly ci: Row
}

/** Call only where `HAS_ORACLES`. */
export function readOracles(): Oracles {
  return JSON.parse(readFileSync(`${FOLDER}oracles.json`, 'utf8')) as Oracles
}

/** The rows of a table beside the oracles, by its headings; an empty cell is NaN. */
export function readOracleTable(name: string): Readonly<Record<string, number>>[] {
  const [head = '', ...lines] = readFileSync(FOLDER + name, 'utf8')
    .trim()
    .split(/\r?\n/)
  const headings = head.split(',')
  return lines.map((line) =>
    Object.fromEntries(line.split(',').map((cell, i) => [headings[i] ?? '', cell === '' ? Number.NaN : Number(cell)])),
  )
}

/** How many decimals a published number is printed with. */
export function decimalsOf(published: number): number {
  const [mantissa = '', exponent = '0'] = String(published).split('e')
  return Math.max(0, (mantissa.split('.')[1] ?? '').length - Number(exponent))
}

/** Whether a value is the published one to the digits printed: within half a unit of the last of `decimals`. */
export function isAsPrinted(value: number, published: number, decimals = decimalsOf(published)): boolean {
  return Math.abs(value - published) <= 0.500001 * 10 ** -decimals
}
