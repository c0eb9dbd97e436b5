import { setImmediate } from 'node:timers/promises'
import type { Day } from '../domain/day.ts'
import { deriveDossier } from '../domain/derive.ts'
import { readDossier } from '../domain/dossier.ts'
import type { Stretch } from '../domain/pipeline/pipeline-between.ts'
import {
  WATERFALL_RECORDS,
  Waterfall,
  type WaterfallFacts,
  type WaterfallLimits,
} from '../domain/pipeline/waterfall.ts'
import { NO_PARTS } from '../domain/totals-parts.ts'
import type { CallOptions } from '../platform/call-options.ts'
import { whileStreaming } from '../platform/footprint.ts'
import { type DerivePorts, readContext } from './derive.ts'

/**
 * The pipeline waterfall between two days, by what is known on `today`: from the records, in pages, so that neither what was not derived
 * yet nor what no board shows is missing. Keeps sums and the opportunities asked for, and writes nothing anywhere.
 */
export function readWaterfall(
  { store, model, zone }: Pick<DerivePorts, 'store' | 'model' | 'zone'>,
  stretch: Stretch,
  limits: WaterfallLimits,
  today: Day,
  options?: CallOptions,
): Promise<WaterfallFacts> {
  return whileStreaming('deriving', async () => {
    const context = await readContext({ store, model, zone })
    const waterfall = new Waterfall(stretch, limits)
    for await (const page of store.dossiers('all')) {
      await setImmediate()
      options?.signal?.throwIfAborted()
      for (const { id, records } of page) {
        if (!records.some(({ kind }) => kind === 'opportunity')) continue
        const told = records.filter(({ kind }) => WATERFALL_RECORDS.has(kind))
        waterfall.add(deriveDossier(readDossier(told, id), context, today, NO_PARTS).facts)
      }
    }
    return waterfall.take()
  })
}
