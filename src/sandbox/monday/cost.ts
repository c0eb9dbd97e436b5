import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLOutputType,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql'
import type { Limits } from '../engine/engine.ts'
import { mondaySchema } from './schema.ts'

type Variables = Readonly<Record<string, unknown>>

/**
 * What an operation costs in complexity points, before it runs.
 *
 * Each scalar and object has a price, each mutation and each look-up by value its own; a list costs as many times as it
 * may have elements by what was asked for (`limit`, `ids`), whatever comes back. `complexity` itself costs nothing.
 */
export function costOf(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
  limits: Limits,
): number {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  const defaults = defaultsOf(operation, variables)
  const root = operation.operation === 'mutation' ? 'Mutation' : 'Query'
  let total = 0
  for (const { field, parent } of fieldsOf(operation.selectionSet, root, fragments, defaults)) {
    if (field.name.value === 'complexity' || field.name.value.startsWith('__')) continue
    const price =
      root === 'Mutation'
        ? limits.get(ITEM_WRITES.has(field.name.value) ? 'monday.cost.itemWrite' : 'monday.cost.structureWrite')
        : field.name.value === 'items_page_by_column_values'
          ? limits.get('monday.cost.lookup')
          : 0
    total += price + fieldCost(field, parent, fragments, defaults, limits)
  }
  return total
}

const ITEM_WRITES: ReadonlySet<string> = new Set([
  'create_item',
  'change_multiple_column_values',
  'change_simple_column_value',
  'change_column_value',
  'move_item_to_group',
  'archive_item',
  'delete_item',
  'create_update',
  'create_notification',
])

/** List fields that are asked for without a number, with the limit that says how many monday reckons with. */
const ASSUMED: Readonly<Record<string, string>> = {
  column_values: 'monday.cost.columnsAssumed',
  columns: 'monday.cost.columnsAssumed',
  groups: 'monday.cost.groupsAssumed',
}

function fieldCost(
  field: FieldNode,
  parentType: string,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  variables: Variables,
  limits: Limits,
): number {
  const parent = mondaySchema.getType(parentType)
  if (!isObjectType(parent) && !isInterfaceType(parent)) return 0
  const definition = parent.getFields()[field.name.value]
  if (definition === undefined) return 0
  const named = getNamedType(definition.type)
  if (!isCompositeType(named) || field.selectionSet === undefined) return limits.get('monday.cost.scalar')
  let inner = limits.get('monday.cost.object')
  for (const { field: child, parent: childParent } of fieldsOf(field.selectionSet, named.name, fragments, variables)) {
    inner += fieldCost(child, childParent, fragments, variables, limits)
  }
  return inner * times(field, definition.type, definition.args, variables, limits)
}

function times(
  field: FieldNode,
  type: GraphQLOutputType,
  args: readonly { readonly name: string; readonly default?: unknown }[],
  variables: Variables,
  limits: Limits,
): number {
  // A page is an object, but what it holds is priced by its limit.
  const isPage = getNamedType(type).name === 'ItemsResponse'
  if (!isPage && !isListType(isNonNullType(type) ? type.ofType : type)) return 1
  const ids = valueIn(argument(field, 'ids'), variables)
  if (Array.isArray(ids)) return ids.length
  if (ids !== undefined && ids !== null) return 1
  const limit = valueIn(argument(field, 'limit'), variables)
  if (typeof limit === 'number') return Math.max(0, limit)
  if (args.some((arg) => arg.name === 'limit')) return field.name.value === 'users' ? 200 : 25
  // The items of a page were multiplied with the page.
  const assumed = ASSUMED[field.name.value]
  return assumed === undefined ? 1 : limits.get(assumed)
}

function argument(field: FieldNode, name: string): ValueNode | undefined {
  return field.arguments?.find((arg) => arg.name.value === name)?.value
}

function valueIn(node: ValueNode | undefined, variables: Variables): unknown {
  if (node === undefined) return undefined
  switch (node.kind) {
    case Kind.VARIABLE:
      return variables[node.name.value]
    case Kind.INT:
      return Number(node.value)
    case Kind.LIST:
      return node.values
    case Kind.NULL:
      return null
    case Kind.BOOLEAN:
      return node.value
    default:
      return node
  }
}

function defaultsOf(operation: OperationDefinitionNode, variables: Variables): Variables {
  const defaults: Record<string, unknown> = {}
  for (const definition of operation.variableDefinitions ?? []) {
    if (definition.defaultValue !== undefined) {
      defaults[definition.variable.name.value] = valueIn(definition.defaultValue, {})
    }
  }
  return { ...defaults, ...variables }
}

/** The fields of a selection with the type each is asked of; fragments opened, `@skip` and `@include` heeded. */
function* fieldsOf(
  selections: SelectionSetNode,
  type: string,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  variables: Variables,
): Generator<{ readonly field: FieldNode; readonly parent: string }> {
  for (const selection of selections.selections) {
    if (isLeftOut(selection.directives, variables)) continue
    if (selection.kind === Kind.FIELD) {
      yield { field: selection, parent: type }
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      yield* fieldsOf(selection.selectionSet, selection.typeCondition?.name.value ?? type, fragments, variables)
    } else {
      const fragment = fragments.get(selection.name.value)
      if (fragment !== undefined) {
        yield* fieldsOf(fragment.selectionSet, fragment.typeCondition.name.value, fragments, variables)
      }
    }
  }
}

function isLeftOut(directives: FieldNode['directives'], variables: Variables): boolean {
  return (directives ?? []).some((directive) => {
    const condition = directive.arguments?.find((arg) => arg.name.value === 'if')?.value
    const value = valueIn(condition, variables)
    return directive.name.value === 'skip' ? value === true : directive.name.value === 'include' && value === false
  })
}

/** The aliases at the root of an operation, in order. */
export function rootAliases(operation: OperationDefinitionNode): string[] {
  return operation.selectionSet.selections.flatMap((selection) =>
    selection.kind === Kind.FIELD ? [selection.alias?.value ?? selection.name.value] : [],
  )
}

/** True when an operation asks for nothing but `complexity`. */
export function isLoneComplexity(operation: OperationDefinitionNode): boolean {
  const fields = operation.selectionSet.selections
  return fields.length > 0 && fields.every((field) => field.kind === Kind.FIELD && field.name.value === 'complexity')
}
