import type { Org } from './org.ts'
import type { FieldDef, ObjectDef } from './schema.ts'

/** The fields of all objects that lead to an object. A merged record's survivor is no parent of it. */
export function childrenOf(
  org: Org,
  parent: ObjectDef,
  accept: (field: FieldDef) => boolean,
): { readonly child: ObjectDef; readonly field: FieldDef }[] {
  return org.wholeObjects.flatMap((child) =>
    child.fields
      .filter((field) => field.referenceTo.includes(parent.name) && field.name !== 'MasterRecordId' && accept(field))
      .map((field) => ({ child, field })),
  )
}
