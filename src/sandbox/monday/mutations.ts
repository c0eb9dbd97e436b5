import { importMutations } from './import-operations.ts'
import { itemMutations } from './item-mutations.ts'
import { complexityView } from './queries.ts'
import { sayingMutations } from './saying.ts'
import { structureMutations } from './structure-mutations.ts'
import type { Context } from './views.ts'

/** Resolvers of `Mutation`, by field. Each is carried out whole or not at all, whatever becomes of the others. */
export const mutations = {
  complexity: (_: unknown, context: Context) => complexityView(context),
  ...structureMutations,
  ...itemMutations,
  ...importMutations,
  ...sayingMutations,
}
