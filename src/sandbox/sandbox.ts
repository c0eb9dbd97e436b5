import { createAmplitudeVendor } from './analytics/amplitude-vendor.ts'
import { EventBook } from './analytics/event-book.ts'
import { createMixpanelVendor } from './analytics/mixpanel-vendor.ts'
import { createPosthogVendor } from './analytics/posthog-vendor.ts'
import { type Company, createCompany } from './company/company.ts'
import { demandOf } from './company/demand.ts'
import { productEventsOf } from './company/product-events.ts'
import { ticketsOf } from './company/tickets.ts'
import { type Control, engineState, json, readJson } from './engine/control.ts'
import { createEngine } from './engine/create-engine.ts'
import type { Engine, FaultRule, Limits } from './engine/engine.ts'
import { parseFaultRules } from './engine/faults.ts'
import { createRandom } from './engine/random.ts'
import { serve } from './engine/server.ts'
import { createHubSpotVendor } from './hubspot/hubspot-vendor.ts'
import { loadCompany as loadCompanyIntoPortal } from './hubspot/load-company.ts'
import { Portal } from './hubspot/portal.ts'
import { liveBeside } from './living.ts'
import type { BoardHands } from './monday/hands.ts'
import { createMondayVendor, type MondayOptions } from './monday/monday-vendor.ts'
import { makeOwnBoards } from './monday/own-boards.ts'
import type { ConnectedApp } from './salesforce/auth.ts'
import { makeId } from './salesforce/ids.ts'
import { liveOneStep } from './salesforce/living.ts'
import { loadCompany } from './salesforce/load-company.ts'
import { type DataFolderReport, loadDataFolder } from './salesforce/load-data-folder.ts'
import { Org } from './salesforce/org.ts'
import { applyOperations, type OrgOperation } from './salesforce/org-operations.ts'
import { createSalesforceVendor } from './salesforce/salesforce-vendor.ts'
import { readTruth } from './salesforce/truth.ts'
import { createZendeskVendor, type ZendeskVendor } from './zendesk/zendesk-vendor.ts'

export interface SandboxOptions {
  /** Default: any free port. */
  readonly port?: number
  /** A folder of object CSVs to load as the Salesforce org, in place of the example company. */
  readonly data?: string
  /** Size of the example company; default 2,000 accounts. */
  readonly accounts?: number
  readonly seed?: number
  readonly speed?: number
  readonly reading?: Limits['reading']
  readonly faults?: readonly FaultRule[]
  /** Virtual time at the start; default: now. */
  readonly now?: number
  /** A file to keep the state in; one that holds an org already is gone on with. Default: memory. */
  readonly db?: string
  /** Default `pro`: 10,000 calls a day. */
  readonly mondayPlan?: NonNullable<MondayOptions['plan']>
  /** Whether people of the example company keep boards of their own on the monday account. Default: it is empty. */
  readonly ownBoards?: boolean
  /** PEM that JWT assertions are held against; absent: any well-formed one is taken. */
  readonly publicKey?: string
}

export interface Sandbox extends AsyncDisposable {
  /** Points a client at the sandbox. */
  readonly env: Readonly<Record<string, string>>
  readonly baseUrl: string
  readonly port: number
  readonly engine: Engine
  /** The Salesforce org, for tests that reach behind the API: undelete, merge, convert, hide a field. */
  readonly org: Org
  /** The HubSpot account of the same company, for tests that reach behind the API. */
  readonly portal: Portal
  /** What people do to boards in their browser: no call of the API. */
  readonly hands: BoardHands
  /** The help desk, for what its agents do. */
  readonly zendesk: ZendeskVendor
  /** What was made up or left out, in sentences. */
  readonly notes: readonly string[]
  /**
   * Lets the nth stretch of the company's life happen, and time pass until it is visible to a client that reads up to
   * `latestDateCovered`. The same step does the same to the same org. Services that were asked before live, too. Returns what
   * happened, in sentences.
   */
  live(step: number): string[]
  close(): Promise<void>
}

const APP: ConnectedApp = { clientId: 'boardsync-sandbox-client', clientSecret: 'boardsync-sandbox-secret' }

/** Starts the simulated vendors on one port of this machine: a Salesforce org and a HubSpot account of one company, and an empty monday account. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const rules = parseFaultRules(options.faults ?? [])
  const engine = createEngine({
    ...(options.db === undefined ? {} : { db: options.db }),
    ...(options.speed === undefined ? {} : { speed: options.speed }),
    ...(options.reading === undefined ? {} : { reading: options.reading }),
    ...(options.now === undefined ? {} : { now: options.now }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  })
  const org = new Org(engine)
  const company = exampleCompany(engine, options, engine.clock.now())
  const report = org.isOld ? null : fill(org, company, options)
  const monday = createMondayVendor(engine, { users: usersOf(org), plan: options.mondayPlan ?? 'pro' })
  const app = options.publicKey === undefined ? APP : { ...APP, publicKey: options.publicKey }
  const salesforce = createSalesforceVendor(org, app)
  const portal = new Portal(engine, portalFill(engine, options))
  const hubspot = createHubSpotVendor(portal)
  if (options.ownBoards === true && options.data === undefined) {
    // The org numbers opportunities in the order in which the company has deals.
    const opportunityId = (deal: number) => makeId('006', deal)
    makeOwnBoards(monday.hands, demandOf(company, engine.seed), engine.clock.now(), opportunityId)
  }
  const began = engine.clock.now()
  const zendesk = createZendeskVendor(engine, () =>
    options.data === undefined ? ticketsOf(company, engine.seed, began) : [],
  )
  const book = new EventBook(() => (options.data === undefined ? productEventsOf(company, engine.seed, began) : []))
  const services = [
    zendesk,
    createPosthogVendor(engine, book),
    createMixpanelVendor(engine, book),
    createAmplitudeVendor(engine, book),
  ]
  engine.faults.add(rules)
  const notes = report === null ? [] : notesOf(report)
  const live = (step: number) => [
    ...liveBeside(
      { engine, portal, zendesk, book, hands: monday.hands },
      createRandom(`${engine.seed}/beside/${step}`),
    ),
    ...liveOneStretch(org, step),
  ]
  const server = await serve({
    engine,
    vendors: [salesforce, hubspot, monday, ...services],
    ...(options.port === undefined ? {} : { port: options.port }),
    controls: controlsOf(engine, org, notes, live),
  }).catch((error: unknown) => {
    engine.db.close()
    throw error
  })
  const close = async () => {
    await server.close()
    engine.db.close()
  }
  return {
    env: {
      ...salesforce.env(server.baseUrl),
      ...hubspot.env(server.baseUrl),
      ...monday.env(server.baseUrl),
      ...Object.assign({}, ...services.map((service) => service.env(server.baseUrl))),
      ...(engine.clock.speed === 1 ? {} : { BOARDSYNC_SANDBOX_SPEED: String(engine.clock.speed) }),
    },
    baseUrl: server.baseUrl,
    port: server.port,
    engine,
    org,
    portal,
    hands: monday.hands,
    zendesk,
    notes,
    live,
    close,
    [Symbol.asyncDispose]: close,
  }
}

function fill(org: Org, company: Company, options: SandboxOptions): DataFolderReport | null {
  if (options.data !== undefined) return loadDataFolder(org, options.data)
  loadCompany(org, company)
  return null
}

/** The HubSpot account is filled when it is first asked; a folder of data says nothing of one. */
function portalFill(engine: Engine, options: SandboxOptions): ((portal: Portal) => void) | null {
  if (options.data !== undefined) return null
  return (portal) => loadCompanyIntoPortal(portal, exampleCompany(engine, options, portal.asOf), engine.seed)
}

/** As of the midnight before `at`. */
function exampleCompany({ seed }: Engine, { accounts = 2_000 }: SandboxOptions, at: number): Company {
  return createCompany({ seed, accounts, asOf: Math.floor(at / 86_400_000) * 86_400_000 })
}

/** Everybody who has a Salesforce user has a monday user too, known by e-mail; the first is the API user. */
function usersOf(org: Org): { name: string; email: string }[] {
  return org
    .findAll('User', 'IsActive', 1)
    .map((user) => ({ id: user.Id, name: String(user.Name), email: String(user.Email) }))
    .sort((a, b) => Number(b.id === org.apiUserId) - Number(a.id === org.apiUserId))
    .map(({ name, email }) => ({ name, email }))
}

function notesOf(report: DataFolderReport): string[] {
  return [
    ...report.objects.map(({ object, file, rows }) => `loaded ${rows} × ${object} from ${file}`),
    ...report.madeUp.map((note) => `made up: ${note}`),
    ...report.leftOut.map((note) => `left out: ${note}`),
  ]
}

function liveOneStretch(org: Org, step: number): string[] {
  const { clock, limits, seed } = org.engine
  const random = createRandom(`${seed}/live/${step}`)
  const happened = Array.from({ length: random.int(1, 4) }, () => liveOneStep(org, random))
  clock.advance(limits.get('salesforce.replicationLagMs') + limits.get('salesforce.replicationGrainMs') + 1_000)
  return happened
}

function controlsOf(
  engine: Engine,
  org: Org,
  notes: readonly string[],
  live: (step: number) => string[],
): Record<string, Control> {
  return {
    'GET state': () => {
      const rows = Object.fromEntries(org.objects.map((object) => [object.name, org.count(object.name)]))
      return json({ ...engineState(engine), rows, notes })
    },
    'POST org': (request) => json(applyOperations(org, readJson(request) as OrgOperation[])),
    'GET org/*': (request) => {
      const fields = request.query.get('fields')
      const where = request.query.get('where')
      const body = readTruth(org, {
        object: request.path.split('/').at(-1) as string,
        ...(fields === null ? {} : { fields: fields.split(',') }),
        ...(where === null ? {} : { where }),
      })
      return { status: 200, headers: { 'Content-Type': 'application/json' }, body }
    },
    'POST live': (request) => {
      const { step } = readJson(request) as { step?: unknown }
      return json(live(Number(step ?? 0)))
    },
  }
}
