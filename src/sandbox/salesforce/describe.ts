import { formulaText } from './formulas.ts'
import type { FieldDef, FieldType, ObjectDef } from './schema.ts'

const SOAP_TYPES: Readonly<Record<FieldType, string>> = {
  id: 'tns:ID',
  reference: 'tns:ID',
  string: 'xsd:string',
  picklist: 'xsd:string',
  email: 'xsd:string',
  phone: 'xsd:string',
  url: 'xsd:string',
  textarea: 'xsd:string',
  boolean: 'xsd:boolean',
  int: 'xsd:int',
  double: 'xsd:double',
  currency: 'xsd:double',
  percent: 'xsd:double',
  date: 'xsd:date',
  datetime: 'xsd:dateTime',
  address: 'urn:address',
}

/** Text too long to be filtered, sorted or grouped by. */
export function isLongText(field: FieldDef): boolean {
  return field.type === 'textarea' && field.length > 255
}

/** One entry of `/sobjects`. */
export function describeBriefly(object: ObjectDef, base: string): Record<string, unknown> {
  const path = `${base}/sobjects/${object.name}`
  return {
    activateable: false,
    associateEntityType: null,
    associateParentEntity: null,
    createable: object.createable,
    custom: object.custom,
    customSetting: false,
    deepCloneable: false,
    deletable: object.deletable,
    deprecatedAndHidden: false,
    feedEnabled: false,
    hasSubtypes: false,
    isInterface: false,
    isSubtype: false,
    keyPrefix: object.keyPrefix,
    label: object.label,
    labelPlural: object.labelPlural,
    layoutable: true,
    mergeable: object.fields.some((field) => field.name === 'MasterRecordId'),
    mruEnabled: true,
    name: object.name,
    queryable: true,
    replicateable: object.replicateable,
    retrieveable: true,
    searchable: true,
    triggerable: true,
    undeletable: object.deletable,
    updateable: object.updateable,
    urls: { rowTemplate: `${path}/{ID}`, describe: `${path}/describe`, sobject: path },
  }
}

/** The whole of `/sobjects/X/describe`. */
export function describe(object: ObjectDef, objects: readonly ObjectDef[], base: string): Record<string, unknown> {
  return {
    actionOverrides: [],
    ...describeBriefly(object, base),
    childRelationships: objects.flatMap((child) =>
      child.fields
        .filter((field) => field.referenceTo.includes(object.name))
        .map((field) => ({
          cascadeDelete: field.cascadeDelete,
          childSObject: child.name,
          deprecatedAndHidden: false,
          field: field.name,
          junctionIdListNames: [],
          junctionReferenceTo: [],
          relationshipName: null,
          restrictedDelete: false,
        })),
    ),
    compactLayoutable: true,
    fields: object.fields.map(describeField),
    listviewable: null,
    lookupLayoutable: null,
    namedLayoutInfos: [],
    networkScopeFieldName: null,
    recordTypeInfos: [],
    searchLayoutable: true,
    sobjectDescribeOption: 'FULL',
    supportedScopes: [{ label: `All ${object.labelPlural.toLowerCase()}`, name: 'everything' }],
  }
}

function describeField(field: FieldDef): Record<string, unknown> {
  const isId = field.type === 'id' || field.type === 'reference'
  const isText = SOAP_TYPES[field.type] === 'xsd:string'
  const isLong = isLongText(field)
  return {
    aggregatable: field.type !== 'boolean' && field.type !== 'address' && !isLong,
    aiPredictionField: false,
    autoNumber: field.name === 'CaseNumber',
    byteLength: isId ? field.length : isText ? field.length * 3 : 0,
    calculated: field.calculated,
    calculatedFormula: field.formula === undefined ? null : formulaText(field.formula),
    cascadeDelete: field.cascadeDelete,
    caseSensitive: false,
    compoundFieldName: field.compoundFieldName,
    controllerName: null,
    createable: field.createable,
    custom: field.custom,
    defaultValue: field.type === 'boolean' ? false : null,
    defaultValueFormula: null,
    defaultedOnCreate: field.defaultedOnCreate,
    dependentPicklist: false,
    deprecatedAndHidden: false,
    digits: field.type === 'int' ? 8 : 0,
    displayLocationInDecimal: false,
    encrypted: false,
    externalId: false,
    extraTypeInfo: null,
    filterable: !isLong,
    filteredLookupInfo: null,
    formulaTreatNullNumberAsZero: false,
    groupable: isId || (isText && !isLong) || field.type === 'boolean' || field.type === 'int' || field.type === 'date',
    highScaleNumber: false,
    htmlFormatted: false,
    idLookup: field.type === 'id' || field.type === 'email',
    inlineHelpText: null,
    label: field.label,
    length: field.length,
    mask: null,
    maskType: null,
    name: field.name,
    nameField: field.nameField,
    namePointing: field.referenceTo.length > 1,
    nillable: field.nillable,
    permissionable: field.nillable,
    picklistValues: field.picklist.map((value) => ({
      active: true,
      defaultValue: false,
      label: value,
      validFor: null,
      value,
    })),
    polymorphicForeignKey: field.referenceTo.length > 1,
    precision: field.precision,
    queryByDistance: field.type === 'address',
    referenceTargetField: null,
    referenceTo: field.referenceTo,
    relationshipName: field.relationshipName,
    relationshipOrder: null,
    restrictedDelete: false,
    restrictedPicklist: field.name === 'CurrencyIsoCode',
    scale: field.scale,
    searchPrefilterable: false,
    soapType: SOAP_TYPES[field.type],
    sortable: field.type !== 'address' && !isLong,
    type: field.type,
    unique: false,
    updateable: field.updateable,
    writeRequiresMasterRead: false,
  }
}
