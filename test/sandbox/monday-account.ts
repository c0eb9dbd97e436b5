import { createEngine, type EngineOptions } from '../../src/sandbox/engine/create-engine.ts'
import type { Engine } from '../../src/sandbox/engine/engine.ts'
import { type SandboxServer, serve } from '../../src/sandbox/engine/server.ts'
import { createMondayVendor, type MondayOptions, type MondayVendor } from '../../src/sandbox/monday/monday-vendor.ts'

export const ANN = { name: 'Ann Archer', email: 'ann@acme.example' }
export const BOB = { name: 'Bob Baker', email: 'bob@acme.example' }

export interface GraphqlError {
  readonly message: string
  readonly path?: readonly string[]
  readonly extensions: Readonly<Record<string, unknown>> & { readonly code: string }
}

export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests pick what they asked for
  readonly data: any
  readonly errors: readonly GraphqlError[]
  readonly body: Readonly<Record<string, unknown>>
}

/** A sandbox account over real HTTP, closed when the test ends. */
export class MondayAccount implements AsyncDisposable {
  readonly engine: Engine
  readonly vendor: MondayVendor
  readonly #server: SandboxServer
  readonly token: string

  private constructor(engine: Engine, vendor: MondayVendor, server: SandboxServer) {
    this.engine = engine
    this.vendor = vendor
    this.#server = server
    this.token = vendor.env('').MONDAY_API_TOKEN as string
  }

  static async open(options: EngineOptions & Partial<MondayOptions> = {}): Promise<MondayAccount> {
    // 1 December 2026, 12:00 UTC: 2026-10 is current.
    const engine = createEngine({ now: Date.UTC(2026, 11, 1, 12), ...options })
    const vendor = createMondayVendor(engine, { users: [ANN, BOB], ...options })
    return new MondayAccount(engine, vendor, await serve({ engine, vendors: [vendor] }))
  }

  get baseUrl(): string {
    return this.#server.baseUrl
  }

  get endpoint(): string {
    return `${this.#server.baseUrl}/v2`
  }

  async ask(
    query: string,
    variables: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answered> {
    const response = await fetch(this.endpoint, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Authorization: this.token,
        'API-Version': '2026-10',
        ...headers,
      },
      body: JSON.stringify({ query, variables }),
    })
    const text = await response.text()
    let body: Record<string, unknown> = {}
    try {
      body = JSON.parse(text) as Record<string, unknown>
    } catch {
      // HTML or nothing: `text` has it.
    }
    return {
      status: response.status,
      headers: response.headers,
      text,
      body,
      data: body.data,
      errors: (body.errors ?? []) as GraphqlError[],
    }
  }

  /** An empty board with one column per type that can be written, ids named after the type. */
  async board(): Promise<string> {
    const { data } = await this.ask(
      'mutation { create_board(board_name: "Deals", board_kind: public, empty: true) { id } }',
    )
    const id = data.create_board.id as string
    const made = await this.ask(
      `mutation ($b: ID!) {
        key: create_column(board_id: $b, id: "boardsync_key", title: "boardsync_key", column_type: text) { id }
        text: create_column(board_id: $b, id: "note", title: "Note", column_type: text) { id }
        long: create_column(board_id: $b, id: "story", title: "Story", column_type: long_text) { id }
        num: create_column(board_id: $b, id: "arr", title: "ARR", column_type: numbers) { id }
        date: create_column(board_id: $b, id: "close", title: "Close date", column_type: date) { id }
        people: create_column(board_id: $b, id: "owner", title: "Owner", column_type: people) { id }
        check: create_column(board_id: $b, id: "risk", title: "Do not upsell", column_type: checkbox) { id }
        link: create_column(board_id: $b, id: "crm", title: "CRM", column_type: link) { id }
        status: create_status_column(board_id: $b, id: "stage", title: "Stage", defaults: { labels: [
          { label: "Proposal", color: working_orange, index: 0 }, { label: "Won", color: done_green, index: 1, is_done: true },
          { label: "Legal", color: sky, index: 2 }] }) { id }
        drop: create_dropdown_column(board_id: $b, id: "tags", title: "Tags", defaults: { labels: [{ label: "EU" }, { label: "US" }] }) { id }
      }`,
      { b: id },
    )
    if (made.errors.length > 0) throw new Error(JSON.stringify(made.errors))
    return id
  }

  async create(board: string, name: string, values: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const { data, errors } = await this.ask(
      'mutation ($b: ID!, $n: String!, $v: JSON) { create_item(board_id: $b, item_name: $n, column_values: $v) { id } }',
      { b: board, n: name, v: JSON.stringify(values) },
    )
    if (data?.create_item == null) throw new Error(JSON.stringify(errors))
    return data.create_item.id as string
  }

  /** Ids that a look-up by key finds now. */
  async find(board: string, column: string, ...values: readonly string[]): Promise<string[]> {
    const { data, errors } = await this.ask(
      `query ($b: ID!, $c: String!, $v: [String]!) {
        items_page_by_column_values(board_id: $b, limit: 100, columns: [{ column_id: $c, column_values: $v }]) { items { id } }
      }`,
      { b: board, c: column, v: values },
    )
    if (data == null) throw new Error(JSON.stringify(errors))
    return data.items_page_by_column_values.items.map((item: { id: string }) => item.id)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close()
    this.engine.db.close()
  }
}
