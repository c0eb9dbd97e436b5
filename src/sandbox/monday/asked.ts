import { type DocumentNode, GraphQLError, Kind, type OperationDefinitionNode, parse, validate } from 'graphql'
import { mondaySchema } from './schema.ts'
import { isRecord } from './settings.ts'

/** What a request asks for, as far as it could be read. */
export interface Asked {
  readonly document: DocumentNode | null
  readonly operation: OperationDefinitionNode | null
  readonly variables: Readonly<Record<string, unknown>>
  /** Why it cannot be run: the body, the syntax or the schema. */
  readonly errors: readonly { readonly message: string; readonly code: string; readonly locations?: unknown }[]
}

/** Reads the body of a request to `/v2`. */
export function readAsked(body: string): Asked {
  const refused = (message: string, code: string, locations?: unknown): Asked => ({
    document: null,
    operation: null,
    variables: {},
    errors: [{ message, code, locations }],
  })
  let sent: unknown
  try {
    sent = JSON.parse(body)
  } catch {
    return refused('The request body is not valid JSON', 'JsonParseException')
  }
  if (!isRecord(sent) || typeof sent.query !== 'string') return refused('No query string was present', 'BAD_REQUEST')
  const variables = sent.variables ?? {}
  if (!isRecord(variables)) return refused('Variables must be a JSON object', 'BAD_REQUEST')
  let document: DocumentNode
  try {
    document = parse(sent.query)
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    return refused(`Parse error: ${error.message}`, 'GRAPHQL_PARSE_FAILED', error.locations)
  }
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
  const operation = operations.find(
    (candidate) => operations.length === 1 || candidate.name?.value === sent.operationName,
  )
  if (operation === undefined) return refused('Which operation is to be run is not clear', 'BAD_REQUEST')
  const errors = validate(mondaySchema, document).map((error) => ({
    message: error.message,
    code: 'GRAPHQL_VALIDATION_FAILED',
    locations: error.locations,
  }))
  return { document, operation, variables, errors }
}
