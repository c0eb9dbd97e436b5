import type { SectionSpec } from './section.ts'
import { activePeopleSection } from './sections/active-people.ts'
import { arrMovementsSection } from './sections/arr-movements.ts'
import { booksSection } from './sections/books.ts'
import { bucketsSection } from './sections/buckets.ts'
import { forecastSection } from './sections/forecast.ts'
import { funnelSection } from './sections/funnel.ts'
import { influenceSection } from './sections/influence.ts'
import { leadScoreSection } from './sections/lead-score.ts'
import { prioritySection } from './sections/priority.ts'
import { riskSection } from './sections/risk.ts'
import { supportHoursSection } from './sections/support-hours.ts'
import { waterfallSection } from './sections/waterfall.ts'

/** All sections, in the order of the report. */
export const SECTIONS: readonly SectionSpec[] = [
  funnelSection,
  forecastSection,
  waterfallSection,
  arrMovementsSection,
  bucketsSection,
  booksSection,
  leadScoreSection,
  activePeopleSection,
  influenceSection,
  prioritySection,
  riskSection,
  supportHoursSection,
]
