import { Fault } from '../../platform/errors.ts'
import type { Limits } from './engine.ts'

/**
 * One number of a vendor. `documented`: the vendor says so. `optimistic` and `pessimistic`: nobody outside knows; the
 * first is the friendlier value (what the vendor's pages suggest, where they say anything), the second the one a
 * careful client must survive.
 */
export type Limit =
  | { readonly documented: number; readonly what: string }
  | { readonly optimistic: number; readonly pessimistic: number; readonly what: string }

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Every limit and cost of the simulated vendors, by name. */
export const LIMITS: Readonly<Record<string, Limit>> = {
  'salesforce.callsPerDay': {
    documented: 100_000,
    what: 'API calls in rolling 24 hours (Enterprise Edition, no licences)',
  },
  'salesforce.longCalls': {
    documented: 25,
    what: 'long calls at once in production and sandboxes (5 in Developer Edition and trials)',
  },
  'salesforce.longCallMs': { documented: 20 * SECOND, what: 'from when on a call is long' },
  'salesforce.queryPageRows': { documented: 2_000, what: 'rows of one query page at most, and the default' },
  'salesforce.queryPageRowsMin': { documented: 200, what: 'smallest batchSize that Sforce-Query-Options can ask for' },
  'salesforce.queryPageRowsWithLongText': {
    documented: 200,
    what: 'rows of a page with two or more custom long texts',
  },
  'salesforce.queryLocatorMs': { documented: 2 * DAY, what: 'how long a query locator lives' },
  'salesforce.soqlChars': { documented: 100_000, what: 'characters of one SOQL statement' },
  'salesforce.uriBytes': {
    documented: 16_384,
    what: 'bytes of URI and headers together: 414 when the URI is longer, 431 when both are',
  },
  'salesforce.offsetRows': { documented: 2_000, what: 'largest OFFSET' },
  'salesforce.updatedWindowMs': { documented: 30 * DAY, what: 'how far back /updated may start' },
  'salesforce.deletedWindowMs': { documented: 15 * DAY, what: 'how far back /deleted may start' },
  'salesforce.replicationIds': { documented: 600_000, what: 'ids that /updated and /deleted answer at most' },
  'salesforce.recycleBinMs': { documented: 15 * DAY, what: 'how long deleted rows stay visible to queryAll' },
  'salesforce.purgedRowsMs': {
    optimistic: DAY,
    pessimistic: 0,
    what: 'how long queryAll still shows what was deleted for good; "typically 24 hours"',
  },
  'salesforce.replicationLagMs': {
    optimistic: 0,
    pessimistic: 60 * SECOND,
    what: 'how far latestDateCovered stays behind now when no transaction is open',
  },
  'salesforce.replicationGrainMs': {
    optimistic: SECOND,
    pessimistic: MINUTE,
    what: 'what latestDateCovered is cut to; answers seen so far show whole minutes',
  },
  'salesforce.deletionMovesStamp': {
    optimistic: 1,
    pessimistic: 0,
    what: '1 when deleting a record moves its SystemModstamp',
  },
  'salesforce.sessionMs': {
    optimistic: 2 * HOUR,
    pessimistic: 15 * MINUTE,
    what: 'life of an access token (session policy)',
  },
  'salesforce.compositeParts': { documented: 25, what: 'requests that one to /composite holds at most' },
  'salesforce.compositeQueries': { documented: 5, what: 'queries among them' },
  'salesforce.compositeReplication': {
    optimistic: 1,
    pessimistic: 0,
    what: '1 when /updated and /deleted may be among them; "all sObject resources" may, without a list',
  },
  // Bulk API 2.0 query jobs.
  'salesforce.bulkJobsPerDay': { documented: 10_000, what: 'query jobs in rolling 24 hours' },
  'salesforce.bulkStorageMb': { documented: 976_562, what: 'MB of results in rolling 24 hours (1 TB)' },
  'salesforce.bulkResultsMs': { documented: 7 * DAY, what: 'how long a job and its results are kept' },
  'salesforce.bulkPageBytes': { documented: 1_000_000_000, what: 'bytes of one page of results at most' },
  'salesforce.bulkResultPages': { documented: 5, what: 'addresses that one answer of resultPages holds at most' },
  'salesforce.bulkPageRows': {
    optimistic: 100_000,
    pessimistic: 2_000,
    what: 'rows of a page when no maxRecords is asked for; the server decides and says nowhere how',
  },
  'salesforce.bulkJobsPage': { optimistic: 1_000, pessimistic: 100, what: 'jobs of one page of the list of jobs' },
  'salesforce.bulkQueueMs': {
    optimistic: 100,
    pessimistic: 5 * SECOND,
    what: 'until a job leaves UploadComplete',
  },
  'salesforce.bulkJobMs': { optimistic: 400, pessimistic: 20 * SECOND, what: 'that a job is InProgress at least' },
  'salesforce.bulkRowMicros': {
    optimistic: 2,
    pessimistic: 100,
    what: 'microseconds that each row keeps a job InProgress beyond that',
  },
  'salesforce.bulkNotReadyStatus': {
    optimistic: 412,
    pessimistic: 204,
    what: 'HTTP status of results that are not there; old pages say 412 and 204, the present one is silent',
  },
  'salesforce.bulkQuotaCodeIsDocumented': {
    optimistic: 1,
    pessimistic: 0,
    what: '1: ExceededQuota as the errors page has it; 0: LIMIT_EXCEEDED as clients have seen it',
  },
  'salesforce.bulkInstantsEndInZ': {
    optimistic: 1,
    pessimistic: 0,
    what: '1: instants in the CSV end in Z; 0: in +0000, as REST has them',
  },
  // HubSpot: a private app or service key of a Professional account, unless a row says otherwise.
  'hubspot.callsPerTenSeconds': { documented: 190, what: 'requests of an app in ten seconds; searches do not count' },
  'hubspot.callsPerDay': {
    optimistic: 650_000,
    pessimistic: 625_000,
    what: 'requests of all apps of an account in its day; two pages of the vendor differ',
  },
  'hubspot.searchesPerSecond': { documented: 5, what: 'searches of an account in a second' },
  'hubspot.searchPage': { documented: 200, what: 'records of a page of a search at most' },
  'hubspot.searchResults': { documented: 10_000, what: 'records that one search can page through' },
  'hubspot.searchBodyChars': { documented: 3_000, what: 'characters of a search' },
  'hubspot.searchLagMs': {
    optimistic: 5 * SECOND,
    pessimistic: 5 * MINUTE,
    what: 'how long a change takes to be seen by a search; "a few moments"',
  },
  'hubspot.listPage': { documented: 100, what: 'records of a page of a list at most' },
  'hubspot.listWithHistory': {
    optimistic: 50,
    pessimistic: 50,
    what: 'records of a page with histories; the pages say only that it is less',
  },
  'hubspot.batchRead': { documented: 100, what: 'records of a batch read' },
  'hubspot.batchWithHistory': {
    optimistic: 100,
    pessimistic: 50,
    what: 'records of a batch read with histories; clients of others ask for 50',
  },
  'hubspot.inlineAssociations': {
    optimistic: 100,
    pessimistic: 100,
    what: 'associations that come along with a record before they are paged',
  },
  'hubspot.associationBatch': { documented: 1_000, what: 'records whose associations are read at once' },
  'hubspot.associationPage': { documented: 500, what: 'associations of one record in one answer' },
  'hubspot.ownersPage': { optimistic: 500, pessimistic: 100, what: 'owners of a page at most; 100 are usual' },
  'hubspot.uriBytes': {
    optimistic: 16_000,
    pessimistic: 8_000,
    what: 'bytes of an address from which on it is answered with 414',
  },
  'hubspot.restoringMovesStamp': { optimistic: 1, pessimistic: 0, what: '1 when restoring a record moves its stamp' },
  // monday: plan and docs of 2026-09-06 unless a row says otherwise. `….free` and so on replace the plain row by plan.
  'monday.callsPerDay': { documented: 1_000, what: 'calls a UTC day and account: Basic and Standard' },
  'monday.callsPerDay.free': {
    optimistic: 1_000,
    pessimistic: 200,
    what: 'calls a day on Free and Trial; the limits page says 1,000, the support article 200',
  },
  'monday.callsPerDay.pro': { documented: 10_000, what: 'calls a day: Pro' },
  'monday.callsPerDay.enterprise': { documented: 25_000, what: 'calls a day: Enterprise' },
  'monday.requestsPerMinute': { documented: 1_000, what: 'requests a minute: Free, Basic, Standard' },
  'monday.requestsPerMinute.pro': { documented: 2_500, what: 'requests a minute: Pro' },
  'monday.requestsPerMinute.enterprise': { documented: 5_000, what: 'requests a minute: Enterprise' },
  'monday.concurrency': { documented: 40, what: 'requests at once: Free, Basic, Standard' },
  'monday.concurrency.pro': { documented: 100, what: 'requests at once: Pro' },
  'monday.concurrency.enterprise': { documented: 250, what: 'requests at once: Enterprise' },
  'monday.ipRequests': { documented: 5_000, what: 'requests of one IP in a window' },
  'monday.ipWindowMs': { documented: 10 * SECOND, what: 'the window of ipRequests' },
  'monday.boardsPerMinute': { documented: 40, what: 'create_board a minute' },
  'monday.limitedCallTenths': { documented: 1, what: 'tenths of a daily call that a rate-limited request counts' },
  'monday.complexityCallTenths': { documented: 1, what: 'tenths of a daily call that a lone complexity query counts' },
  'monday.complexityPerExtraCall': {
    optimistic: 0,
    pessimistic: 500_000,
    what: 'a request counts one daily call more per so many points (0: never); "1+" is documented, the formula is not',
  },
  'monday.complexityPerMinute': {
    optimistic: 10_000_000,
    pessimistic: 5_000_000,
    what: 'points a minute; 10M is told for personal tokens, 5M each for reads and writes of apps, and 1M to 10M by plan elsewhere',
  },
  'monday.complexityPerMinute.free': { documented: 1_000_000, what: 'points a minute: Free, Trial, non-profit' },
  'monday.complexityPerQuery': {
    optimistic: 5_000_000,
    pessimistic: 1_000_000,
    what: 'points of one request; 5M is documented, 1M appears by plan elsewhere: some 32 item writes at the pessimistic price',
  },
  'monday.queryTooBigStatus': {
    optimistic: 200,
    pessimistic: 429,
    what: 'HTTP status when one request costs too much',
  },
  'monday.badValueRefusesAll': {
    documented: 0,
    what: 'HTTP status with which one value that monday does not take refuses the whole request (0: its alias alone, as documented); a malformed variable does so',
  },
  'monday.cost.scalar': {
    optimistic: 1,
    pessimistic: 1,
    what: 'points of a scalar field (monday staff, before 2025-10)',
  },
  'monday.cost.object': {
    optimistic: 2,
    pessimistic: 10,
    what: 'points of an object; 10 by monday staff, before 2025-10 made it cheaper',
  },
  'monday.cost.itemWrite': {
    optimistic: 5_000,
    pessimistic: 30_000,
    what: 'points of a mutation of an item; 30,000 by monday staff and 10,000 by an apps guide, both before 2025-10 made it cheaper',
  },
  'monday.cost.structureWrite': { optimistic: 10_000, pessimistic: 30_000, what: 'points of any other mutation' },
  'monday.cost.lookup': {
    optimistic: 1_000,
    pessimistic: 100_000,
    what: 'points of items_page_by_column_values; 100,000 by monday staff for its forerunner',
  },
  'monday.cost.columnsAssumed': { optimistic: 10, pessimistic: 30, what: 'columns reckoned with where none are named' },
  'monday.cost.groupsAssumed': { optimistic: 5, pessimistic: 10, what: 'groups reckoned with where none are named' },
  'monday.latencyMs': {
    optimistic: 0,
    pessimistic: 0,
    what: 'virtual ms until an operation is answered; set it to see concurrency',
  },
  'monday.cursorMs': { documented: 60 * MINUTE, what: 'life of a cursor from the first page on' },
  'monday.lookupLagMs': {
    documented: 30 * SECOND,
    what: 'until items_page_by_column_values finds a new value (an older page)',
  },
  'monday.idempotencyMs': { documented: 30 * MINUTE, what: 'how long the first answer to an idempotency key is kept' },
  'monday.idempotencyBytes': { documented: 1_000_000, what: 'largest answer that is kept' },
  'monday.idempotencyChecksBody': {
    optimistic: 0,
    pessimistic: 1,
    what: '0: a known key replays the first answer whatever the body; 1: another body under it is executed',
  },
  'monday.idempotencyKeepsPartialFailures': {
    optimistic: 1,
    pessimistic: 0,
    what: '1: an answer with failed aliases is kept like any; 0: it is not, and a replay executes all again',
  },
  'monday.itemsPage': { documented: 500, what: 'items of one page at most' },
  'monday.itemIds': { documented: 100, what: 'ids of items(ids:) and query_params.ids at most' },
  'monday.usersPage': { documented: 1_000, what: 'users of one page at most' },
  'monday.itemsPerBoard': {
    optimistic: 100_000,
    pessimistic: 10_000,
    what: 'items of a board; 10,000 on the error page, more on newer boards: clients read items_limit',
  },
  'monday.archivedItemsCount': { optimistic: 0, pessimistic: 1, what: '1: archived items count against itemsPerBoard' },
  'monday.statusLabels': { documented: 40, what: 'labels of a status column' },
  'monday.labelChars': { documented: 30, what: 'characters of a label' },
  'monday.labelDescriptionChars': { documented: 80, what: 'characters of a label description' },
  'monday.itemNameChars': { documented: 255, what: 'characters of an item name, at least 1' },
  'monday.groupNameChars': { documented: 255, what: 'characters of a group name' },
  'monday.longTextChars': { documented: 2_000, what: 'characters of a long_text cell (a page of 2025)' },
  'monday.importJobsPerHour': { documented: 100, what: 'ingest_items an hour and account' },
  'monday.importItemsPerHour': {
    documented: 19_000,
    what: 'items that ingest_items may make or change an hour and account',
  },
  'monday.importRows': { documented: 10_000, what: 'rows of one file' },
  'monday.importBytes': { documented: 150_000_000, what: 'bytes of one file' },
  'monday.importUrlMs': { documented: 10 * MINUTE, what: 'life of an upload or report link' },
  'monday.importJobMs': {
    optimistic: DAY,
    pessimistic: HOUR,
    what: 'how long a job can be asked for; no page says; 0: every job is lost at once',
  },
  'monday.importStartMs': {
    optimistic: 2 * SECOND,
    pessimistic: 15 * SECOND,
    what: 'from the upload until its rows are worked on; no page says more than "poll every 10 seconds"',
  },
  'monday.importRowMs': { optimistic: 5, pessimistic: 30, what: 'ms that a row takes; no page says' },
  'monday.importCountsUnchanged': {
    optimistic: 0,
    pessimistic: 1,
    what: '1: a row that equals what is stored counts as updated, also against importItemsPerHour',
  },
  'monday.importMatchLagMs': {
    optimistic: 0,
    pessimistic: 30 * SECOND,
    what: 'a value is matched by UPSERT only so long after it was written, as look-ups find it; no page says',
  },
  'monday.importMatchIgnoresCase': { optimistic: 0, pessimistic: 1, what: '1: texts that differ in case alone match' },
  'monday.importTakesCheckbox': {
    optimistic: 1,
    pessimistic: 0,
    what: '0: checkbox columns are not taken, as an older page of ingest_items has it',
  },
  'monday.importSerialBase': {
    optimistic: 1,
    pessimistic: 2,
    what: 'serialNo of the first row in a report: 2 where the header line is counted',
  },
  'monday.columnIdChars': {
    optimistic: 24,
    pessimistic: 20,
    what: 'characters of a custom column id; 20 documented, 24 seen to work',
  },
  'zendesk.requestsPerMinute': { documented: 400, what: 'requests a minute: Professional' },
  'zendesk.exportsPerMinute': { documented: 10, what: 'requests of incremental exports a minute' },
  'zendesk.exportPage': { documented: 1_000, what: 'tickets of one page of an export at most' },
  'zendesk.exportLagMs': { documented: MINUTE, what: 'how much of the newest time an export holds back' },
  'posthog.queriesPerMinute': { documented: 240, what: 'queries a minute and project' },
  'posthog.queriesAtOnce': {
    documented: 3,
    what: 'queries of a project at once; further ones wait, then fail with 504',
  },
  'posthog.rows': { documented: 50_000, what: 'rows of an answer at most; 100 where the query names no limit' },
  'posthog.queryEvents': {
    optimistic: 1_000_000_000,
    pessimistic: 50_000_000,
    what: 'events that one query gets through in its ten seconds; no page says',
  },
  'mixpanel.exportsPerHour': { documented: 60, what: 'raw exports an hour and project' },
  'amplitude.lateMs': { documented: 2 * HOUR, what: 'until an uploaded event is in an export' },
  'amplitude.exportEvents': {
    optimistic: 10_000_000,
    pessimistic: 1_000_000,
    what: 'events that make up 4 GB, the most of an export',
  },
}

/** Limits as `reading` has them; `set` overrides one for this engine only. */
export function createLimits(reading: Limits['reading']): Limits {
  const overrides = new Map<string, number>()
  const find = (name: string): Limit => {
    const limit = LIMITS[name]
    if (limit !== undefined) return limit
    throw new Fault('sandbox-unknown-limit', `The sandbox has no limit "${name}"`, {
      blame: 'operator',
      hint: `Use one of: ${Object.keys(LIMITS).sort().join(', ')}`,
    })
  }
  return {
    reading,
    get(name) {
      const limit = find(name)
      return overrides.get(name) ?? ('documented' in limit ? limit.documented : limit[reading])
    },
    set(name, value) {
      find(name)
      if (!Number.isFinite(value) || value < 0) {
        throw new Fault('sandbox-bad-limit', `Limit "${name}" is set to ${value}; a limit is a number from 0`, {
          blame: 'operator',
        })
      }
      overrides.set(name, value)
    },
  }
}
