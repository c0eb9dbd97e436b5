import type { SectionSpec } from './section.ts'
import { arrMovementsSection } from './sections/arr-movements.ts'
import { forecastSection } from './sections/forecast.ts'
import { funnelSection } from './sections/funnel.ts'
import { waterfallSection } from './sections/waterfall.ts'

/** All sections, in the order of the report. */
export const SECTIONS: readonly SectionSpec[] = [funnelSection, forecastSection, waterfallSection, arrMovementsSection]
