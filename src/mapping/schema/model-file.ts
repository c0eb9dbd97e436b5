import * as z from 'zod'
import { DECIDERS, defaultModel } from '../../domain/default-model.ts'
import { MONTH_NAMES } from '../../domain/fiscal.ts'
import { defaultImplementations } from '../../domain/implementations/implementation-signals.ts'
import { ATTRIBUTION_MODELS, DEFAULT_INFLUENCE, MAX_BANDS } from '../../domain/influence/settings.ts'
import { JOINED_KINDS } from '../../domain/joined-records.ts'
import { ARR_SOURCES, CHURN_AT, CUSTOMER, FUNNEL_STAGES, HAND_OVER_AT, WIN_RATE_OF } from '../../domain/model.ts'
import { DEFAULT_PRIORITY } from '../../domain/priority/settings.ts'
import { LEAD_ORIGINS, LEAD_ROUTES, MOTIONS, OPPORTUNITY_STATES } from '../../domain/records.ts'
import { DefinitionSettings } from '../definition-settings.ts'
import { RiskSettings } from '../risk-settings.ts'
import { say, share, text } from '../say.ts'
import { SupportSettings } from '../support-settings.ts'
import { countries, GREEN_RULES, ICP_RULES } from './dated-settings.ts'
import { duration } from './values.ts'

const Stage = z
  .strictObject({
    name: text('The stage as the CRM spells it.', 'Negotiation/Review'),
    funnelStage: say(z.enum(FUNNEL_STAGES), 'Where it stands in the one funnel; `lost` is the exit.', {
      example: 'opportunity',
    }),
    state: say(
      z.enum(OPPORTUNITY_STATES).optional(),
      'Whether an opportunity in it is open, won or lost. Default: won for won and expansion, lost for lost, else open.',
      { example: 'won' },
    ),
  })
  .meta({ id: 'Stage' })
const StageList = z.array(Stage).min(1)

const Buckets = say(
  z
    .strictObject({
      ...GREEN_RULES,
      motion_if_empty: say(
        z.enum(MOTIONS).default('sales_assisted'),
        'What an account is of which no source tells the motion.',
        { example: 'sales_assisted' },
      ),
    })
    .prefault({}),
  'When an account that sales works on counts as grown: orange before, green after.',
  { example: { green_from: { seats: 50, arr: 10_000 }, near_within: 0.2 } },
)

const words = (description: string, values: readonly string[]) =>
  say(z.array(z.string().min(1)).default([...values]), description, { example: [...values] })

const Forecast = say(
  z
    .strictObject({
      commit: words('Forecast categories of opportunities that sales commits to, in the CRM’s words.', [
        'Commit',
        'Forecast',
      ]),
      best_case: words('Categories of those that may well be won.', [
        'Best Case',
        'BestCase',
        'Most Likely',
        'MostLikely',
      ]),
      omitted: words('Categories of those that are no pipeline.', ['Omitted']),
      target: words('Measures of target records that together are the target of what is won.', [
        'arr_new',
        'arr_expansion',
      ]),
      must_win: say(
        z
          .strictObject({
            largest: say(z.int().min(1).max(200).default(20), 'How many of the largest.', { example: 20 }),
            from: say(
              z.number().positive().default(50_000),
              'The least ARR that can be one, in units of company currency; below some thousand open ones are above it, no board needs a lower one.',
              { example: 50_000 },
            ),
          })
          .prefault({}),
        'Which open opportunities of the quarter are the must-win ones.',
        { example: { largest: 20, from: 50_000 } },
      ),
    })
    .prefault({}),
  'What the CRM’s forecast categories mean, and which targets a forecast is held against.',
  { example: { commit: ['Commit'], best_case: ['Best Case'], omitted: ['Omitted'], target: ['arr_new'] } },
)

const RouteRule = z
  .strictObject({
    icp: say(
      z.boolean().optional(),
      'Whether it must be of the kind you look for (true), or must be known not to be (false).',
      {
        example: true,
      },
    ),
    origin: say(z.array(z.enum(LEAD_ORIGINS)).optional(), 'How it came: one of these.', { example: ['contact_form'] }),
    country: say(countries.optional(), 'Its country: one of these.', { example: ['SE', 'NO'] }),
    employees: say(z.int().positive().optional(), 'At least so many employees.', { example: 1000 }),
    score: say(z.int().min(0).max(100).optional(), 'At least this score.', { example: 60 }),
    to: say(z.enum(LEAD_ROUTES), 'Where it goes.', { example: 'ae' }),
  })
  .meta({ id: 'RouteRule' })

const Leads = say(
  z
    .strictObject({
      icp: say(
        z.strictObject(ICP_RULES).prefault({}),
        'Which leads are of the kind you look for: both must hold, and bots never are.',
        { example: { countries: ['US', 'SE'], employees: 100 } },
      ),
      titles: say(
        z.array(z.string().min(1)).default([...DECIDERS]),
        'Words in the job titles of people who decide, whatever their case.',
        { example: ['director', 'head'] },
      ),
      engagement: say(
        z
          .strictObject({
            within: say(duration.default('14d'), 'How long after a lead came its score is made, and use counts.', {
              example: '14d',
            }),
            half_life: say(duration.default('7d'), 'A week of use counts half for each such time it lies back.', {
              example: '7d',
            }),
            full_users: say(
              z.int().positive().default(10),
              'So many people who use the product in a week are full marks.',
              {
                example: 10,
              },
            ),
          })
          .prefault({}),
        'How use of the product makes up the half of the score that is engagement.',
        { example: { within: '14d', half_life: '7d', full_users: 10 } },
      ),
      routes: say(
        z.array(RouteRule).default([
          { icp: false, to: 'self_serve' },
          { origin: ['partner'], to: 'partner' },
          { origin: ['contact_form'], employees: 1000, to: 'ae' },
          { icp: true, to: 'sdr' },
        ]),
        'Where leads go: the first rule of which every condition holds. A lead that none fits goes nowhere.',
        {
          example: [
            { origin: ['contact_form'], employees: 1000, to: 'ae' },
            { icp: true, to: 'sdr' },
          ],
        },
      ),
    })
    .prefault({}),
  'How leads are judged and where they go.',
  { example: { icp: { countries: ['US', 'SE'], employees: 100 } } },
)

const HandOver = say(
  z
    .strictObject({
      at: say(z.enum(HAND_OVER_AT).default('green'), 'What makes an account its account manager’s.', {
        example: 'green',
      }),
      within: say(duration.default('14d'), 'How long the hand-over may take.', { example: '14d' }),
    })
    .prefault({}),
  'When an account goes from its owner to its account manager.',
  { example: { at: 'first_win', within: '30d' } },
)

const bookSize = (role: 'ae' | 'am', meaning: string) => {
  const { from, to } = defaultModel().books[role]
  return say(
    z
      .strictObject({
        from: say(z.int().min(0).default(from), 'From how many accounts on it is full enough.', { example: from }),
        to: say(z.int().min(1).default(to), 'How many accounts it holds at most.', { example: to }),
      })
      .refine((size) => size.from <= size.to, { error: 'from is above to' })
      .prefault({}),
    meaning,
    { example: { from, to } },
  )
}

const Books = say(
  z
    .strictObject({
      account_executive: bookSize('ae', 'Of an account executive (role ae).'),
      account_manager: bookSize('am', 'Of an account manager (role am).'),
    })
    .prefault({}),
  'How many accounts the book of a person holds: below from it is not full, above to it is too much.',
  { example: { account_executive: { from: 50, to: 100 } } },
)

export const ModelFile = z
  .strictObject({
    company: say(
      z.strictObject({
        name: text('Your company’s name.', 'Example Inc').optional(),
        currency: text('The currency of all totals, ISO 4217.', 'USD'),
        time_zone: say(z.string().min(1).default('UTC'), 'The zone whose calendar counts, as the IANA names it.', {
          example: 'Europe/Berlin',
        }),
        fiscal_year_starts: say(
          z.enum(MONTH_NAMES).default('january'),
          'The month with which your year begins. Quarters and years everywhere are counted from it, in targets too: of a year that begins in February 2026, and so ends in 2027, the first quarter is `FY2027-Q1`. Of a year that begins in January, quarters are written `2026-Q4`.',
          { example: 'february' },
        ),
      }),
      'Your own company.',
      { example: { name: 'Example Inc', currency: 'USD', time_zone: 'America/New_York' } },
    ),
    stages: say(
      z.record(z.string(), z.union([StageList, z.record(z.string(), StageList)])).default({}),
      'The CRM’s stages in order, by source: one list, or one per pipeline (`*` for any other pipeline).',
      {
        example: {
          salesforce: [
            { name: 'Prospecting', funnelStage: 'opportunity' },
            { name: 'Closed Won', funnelStage: 'won' },
          ],
        },
      },
    ),
    segments: say(
      z
        .strictObject({
          enterprise: say(z.int().min(0).default(1000), 'Employees from which a company is enterprise.', {
            example: 1000,
          }),
          mid_market: say(z.int().min(0).default(100), 'Employees from which it is mid-market.', { example: 100 }),
          smb: say(z.int().min(0).default(0), 'Employees from which it is a small business.', { example: 0 }),
        })
        .prefault({}),
      'Size classes by employees, for accounts that name no segment of their own.',
      { example: { enterprise: 1000, mid_market: 100, smb: 0 } },
    ),
    rates: say(
      z
        .record(
          z.string(),
          z
            .array(
              z.strictObject({
                from: text('First day the rate holds.', '2026-01-01'),
                rate: say(z.number().positive(), 'Units of company currency for one unit of the other.', {
                  example: 1.08,
                }),
              }),
            )
            .min(1),
        )
        .default({}),
      'Exchange rates into the company’s currency, by currency. For a day on which one of these holds it wins over the rates that sources deliver (exchange_rate, dated_exchange_rate); before its first day, and for other currencies, those count: the newest dated one, else the undated one. Money in a currency without a rate stays out of totals and is listed.',
      { example: { EUR: [{ from: '2026-01-01', rate: 1.08 }] } },
    ),
    funnel: say(
      z
        .strictObject({
          months: say(z.int().min(1).max(60).default(12), 'How many months the funnel goes back.', { example: 12 }),
          mature_at: share('Share of a cohort that must be closed before its rates are trusted.', 0.95),
          win_rate_of: say(
            z.enum(WIN_RATE_OF).default('closed'),
            'What the win rates of accounts and of cohorts are a share of: what is closed, or all there is, open ones included. The active view is of what closed in the month, either way.',
            { example: 'closed' },
          ),
        })
        .prefault({}),
      'How the funnel is counted.',
      { example: { months: 12, mature_at: 0.95 } },
    ),
    arr: say(
      z
        .strictObject({
          from: say(
            z
              .array(z.enum(ARR_SOURCES))
              .min(1)
              .default([...ARR_SOURCES]),
            'What an account’s ARR is taken from: the first that is known. Where several are known, `account.arrDifference` tells by how much they differ. Its history follows the same order: of `account_field`, which no source tells the past of, each day is kept on which a sync saw another value, from the first sync on; the days before are told by what comes next.',
            { example: [...ARR_SOURCES] },
          ),
          customer: say(
            z.enum(CUSTOMER).default('account'),
            'What the counts of `arr_month` take for one customer: a single account (`account`), or a parent with the accounts that name it as theirs (`parent`); an account that is a parent and has one counts with its own parent. ARR moves by account either way.',
            { example: 'parent' },
          ),
          churn_at: say(
            z.enum(CHURN_AT).default('end'),
            'When the ARR of a subscription period that ends is gone: the day after its last one (`end`), or on the day of its `noticeOn`, where that comes earlier (`notice`). A notice holds for the periods before it that it follows without a gap; one of a period that a paid one without notice follows holds for nothing.',
            { example: 'notice' },
          ),
        })
        .prefault({}),
      'Where ARR comes from, whose it is counted as, and when it is gone.',
      { example: { from: [...ARR_SOURCES], churn_at: 'end' } },
    ),
    buckets: Buckets,
    forecast: Forecast,
    leads: Leads,
    hand_over: HandOver,
    books: Books,
    support: SupportSettings,
    risks: RiskSettings,
    implementations: say(
      z
        .strictObject({
          signal_seats: say(
            z.int().min(1).default(200),
            'An open opportunity of so many seats needs an implementation.',
            {
              example: 200,
            },
          ),
          signal_words: say(
            z.array(z.string().min(1)).default([...defaultImplementations().signalWords]),
            'And so does one whose name or next step has a word that begins so.',
            { example: ['integration', 'migration'] },
          ),
        })
        .prefault({}),
      'Which opportunities will need an implementation.',
      { example: { signal_seats: 200 } },
    ),
    influence: say(
      z
        .strictObject({
          window_days: say(
            z.int().min(1).max(730).default(DEFAULT_INFLUENCE.windowDays),
            'Days after a feature shipped, or was promised, in which what happens to opportunities is told of it.',
            { example: 90 },
          ),
          link_days: say(
            z.int().min(0).max(90).default(DEFAULT_INFLUENCE.linkDays),
            'Days after an opportunity opened by which a request counts as there from the beginning, when win rates are compared.',
            { example: 14 },
          ),
          attribution: say(
            z.enum(ATTRIBUTION_MODELS).default(DEFAULT_INFLUENCE.attribution),
            'How credit for a won opportunity is split over the features that blocked it: in equal parts; all to the first asked for, the last shipped, or the most certain; 3 : 2 : 1 for blocker, wanted and shown; or by `weights`.',
            { example: 'even' },
          ),
          weights: say(
            z
              .strictObject({
                blocker: say(z.number().min(0).default(3), 'Weight of a feature that blocks.', { example: 3 }),
                wanted: say(z.number().min(0).default(1), 'Weight of a feature that is wanted.', { example: 1 }),
                shown: say(z.number().min(0).default(0), 'Weight of a feature that was shown.', { example: 0 }),
              })
              .prefault({}),
            'Weights of roles, for `attribution: custom`.',
            { example: { blocker: 3, wanted: 1, shown: 0 } },
          ),
          size_bands: say(
            z
              .array(z.number().positive())
              .min(1)
              .max(MAX_BANDS - 1)
              .default([...DEFAULT_INFLUENCE.sizeBands]),
            'The ARR, in company currency, from which an opportunity is of the next size, rising: only opportunities of one size and segment are compared.',
            { example: [5_000, 25_000, 100_000] },
          ),
        })
        .prefault({}),
      'How the influence of features is reckoned.',
      { example: { window_days: 90, attribution: 'even' } },
    ),
    priority: say(
      z
        .strictObject({
          periods: say(
            z
              .array(
                z.strictObject({
                  name: text('What the time is called: a month or a quarter.', '2026-Q4'),
                  effort: say(
                    z.int().min(0),
                    'What can be built in it by everybody together, in the unit of `effortHours`: hours, or points.',
                    { example: 1200 },
                  ),
                  squads: say(
                    z.record(z.string(), z.int().min(0)).default({}),
                    'What single squads can build of it, by the name the catalogue has. Default: no limit of their own.',
                    { example: { Growth: 500 } },
                  ),
                }),
              )
              .default([]),
            'The times to plan features for, the next one first: the best set is found for the first, and an outlook is given for the others. ' +
              'Where the catalogue has T-shirt sizes, the source mapping makes numbers of them: effortHours: { field: Size, aliases: { S: 40, M: 120, L: 320 } }.',
            { example: [{ name: '2026-Q4', effort: 1200, squads: { Growth: 500 } }] },
          ),
          decided: say(
            z.record(z.string(), z.enum(['yes', 'no'])).default({}),
            'Features that people have decided about, by id: `yes` is built in the first of the times, `no` is not, whatever it is worth; what that costs is told.',
            { example: { sso: 'yes' } },
          ),
          certainty: say(
            z
              .strictObject({
                buyer: share('The buyer’s own words, or a signed requirement.', DEFAULT_PRIORITY.certainty[3]),
                rep: share('A rep’s note before close.', DEFAULT_PRIORITY.certainty[2]),
                at_close: share('A reason entered at or after close.', DEFAULT_PRIORITY.certainty[1]),
              })
              .prefault({}),
            'How sure it is that a feature decides, by what there is to say so, where a request has no certainty of its own.',
            { example: { buyer: 0.8, rep: 0.5, at_close: 0.2 } },
          ),
        })
        .prefault({}),
      'How it is reckoned which features are worth building next.',
      { example: { periods: [{ name: '2026-Q4', effort: 1200 }], decided: { sso: 'yes' } } },
    ),
    definitions: DefinitionSettings,
    closed_through: say(
      z
        .string()
        .regex(/^\d{4}-(0[1-9]|1[0-2])$/, { error: 'must be a month such as 2026-10' })
        .optional(),
      'The last month that is closed: rows of it and of earlier months stay as they were reported then, and what would be different now is listed by `boardsync restatements`. A month closes once it is over. An earlier month here opens the later ones again: what was reported of them is kept, and stands again once they are closed, until `boardsync restatements --report-anew` has it forgotten. Default: none is closed.',
      { example: '2026-10' },
    ),
    schedules: say(
      z.record(z.string(), z.string().min(1)).default({}),
      'When `boardsync start` runs what, as cron lines in the company’s time zone: `source <name>` and `board <name>`.',
      { example: { 'source salesforce': '*/15 * * * *', 'board deals': '*/30 * * * *' } },
    ),
    leading: say(
      z.partialRecord(z.enum(JOINED_KINDS), z.string()).default({}),
      'Of records that two sources hold (`match` in a source file), whose values win, by kind; the other’s fill gaps. In an ' +
        'account of both, opportunities of the other source that match none are listed and not counted. Default: the order of ' +
        'identity.yaml, else Salesforce first.',
      { example: { opportunity: 'salesforce' } },
    ),
    quota_share: say(
      z.record(z.string(), z.number().positive().max(1)).default({}),
      'Share of a source’s daily request quota that this program may use up to, by source. Default: 0.5.',
      { example: { salesforce: 0.5 } },
    ),
    reread_every: say(
      duration.default('24h'),
      'How often boards are read back whole, so that what people changed by hand is seen.',
      { example: '24h' },
    ),
    guard: say(
      z
        .strictObject({
          max_said: say(
            z.int().min(0).default(50),
            'How many items of a board one plan may say something of (`updates`, `notify`) without a person’s word.',
            { example: 50 },
          ),
          max_vanished: share('Share of a board that may vanish at its source in one plan.', 0.05),
          max_changed: share('Share of a board that data may change in one plan; boards of totals are free.', 0.6),
          min_items: say(z.int().min(0).default(20), 'Boards with fewer items than this are not guarded.', {
            example: 20,
          }),
        })
        .prefault({}),
      'When a plan is refused as unsafe.',
      { example: { max_vanished: 0.05, max_changed: 0.6, min_items: 20 } },
    ),
  })
  .meta({ title: 'Model', description: 'The file `model.yaml`: definitions and settings of the company.' })
export type ModelFile = z.output<typeof ModelFile>
