/** Loaded before a benchmark's own modules (`--import`), as the command line does it: what they take is then small as well. */
import { keepFootprintSmall } from '../../src/platform/footprint.ts'

keepFootprintSmall()
