import { buildSchema, type GraphQLSchema } from 'graphql'

/**
 * What of monday's API version 2026-10 the sandbox serves. Every type, field, argument and value here is monday's, with
 * monday's own nullability; what is missing is not served and answers as an unknown field would.
 */
const SERVED = /* GraphQL */ `
  scalar CompareValue
  scalar Date
  scalar ISO8601DateTime
  scalar JSON

  type Query {
    me: User
    account: Account
    users(ids: [ID!], name: String, emails: [String!], limit: Int = 200, page: Int = 1): [User!]
    workspaces(ids: [ID!], kind: WorkspaceKind, limit: Int = 25, page: Int = 1, state: State = active): [Workspace]
    boards(
      board_kind: BoardKind
      ids: [ID!]
      limit: Int = 25
      order_by: BoardsOrderBy
      page: Int = 1
      state: State = active
      workspace_ids: [ID]
    ): [Board]
    items(exclude_nonactive: Boolean, ids: [ID!], limit: Int = 25, newest_first: Boolean, page: Int = 1): [Item]
    next_items_page(cursor: String!, limit: Int! = 25): ItemsResponse!
    items_page_by_column_values(
      board_id: ID!
      columns: [ItemsPageByColumnValuesQuery!]
      cursor: String
      limit: Int! = 25
    ): ItemsResponse!
    complexity: Complexity
    fetch_job_status(job_id: ID!): JobStatus!
    platform_api: PlatformApi
    validations(id: ID!, type: ValidationsEntityType = board): Validations
    version: Version!
    versions: [Version!]
  }

  type Mutation {
    complexity: Complexity
    create_or_get_tag(board_id: ID, tag_name: String): Tag
    create_workspace(description: String, kind: WorkspaceKind!, name: String!): Workspace
    create_board(
      board_kind: BoardKind!
      board_name: String!
      board_owner_ids: [ID!]
      description: String
      empty: Boolean = false
      workspace_id: ID
    ): Board
    archive_board(board_id: ID!): Board
    ingest_items(board_id: ID!, group_id: ID!, on_match: OnMatchInput): UploadJobInit
    delete_board(board_id: ID!): Board
    create_column(
      board_id: ID!
      id: String
      title: String!
      description: String
      after_column_id: ID
      defaults: JSON
      column_type: ColumnType!
    ): Column
    create_status_column(
      board_id: ID!
      id: String
      title: String!
      description: String
      after_column_id: ID
      defaults: CreateStatusColumnSettingsInput
    ): Column
    create_dropdown_column(
      board_id: ID!
      id: String
      title: String!
      description: String
      after_column_id: ID
      defaults: CreateDropdownColumnSettingsInput
    ): Column
    update_status_column(
      board_id: ID!
      id: String!
      title: String
      description: String
      width: Int
      revision: String!
      settings: UpdateStatusColumnSettingsInput
    ): Column
    update_dropdown_column(
      board_id: ID!
      id: String!
      title: String
      description: String
      width: Int
      revision: String!
      settings: UpdateDropdownColumnSettingsInput
    ): Column
    change_column_title(board_id: ID!, column_id: String!, title: String!): Column
    change_column_metadata(board_id: ID!, column_id: String!, column_property: ColumnProperty, value: String): Column
    delete_column(board_id: ID!, column_id: String!): Column
    create_group(
      board_id: ID!
      group_color: String
      group_name: String!
      position: String
      position_relative_method: PositionRelative
      relative_to: String
    ): Group
    update_group(board_id: ID!, group_attribute: GroupAttributes!, group_id: String!, new_value: String!): Group
    archive_group(board_id: ID!, group_id: String!): Group
    delete_group(board_id: ID!, group_id: String!): Group
    create_update(body: String!, item_id: ID): Update
    create_notification(target_id: ID!, target_type: NotificationTargetType!, text: String!, user_id: ID!): Notification
    create_item(
      board_id: ID!
      column_values: JSON
      create_labels_if_missing: Boolean
      group_id: String
      item_name: String!
    ): Item
    change_multiple_column_values(
      board_id: ID!
      column_values: JSON!
      create_labels_if_missing: Boolean
      item_id: ID
    ): Item
    change_simple_column_value(
      board_id: ID!
      column_id: String!
      create_labels_if_missing: Boolean
      item_id: ID
      value: String
    ): Item
    change_column_value(
      board_id: ID!
      column_id: String!
      create_labels_if_missing: Boolean
      item_id: ID
      value: JSON!
    ): Item
    move_item_to_group(group_id: String!, item_id: ID): Item
    archive_item(item_id: ID): Item
    delete_item(item_id: ID): Item
  }

  type User {
    account: Account!
    created_at: ISO8601DateTime!
    email: String!
    id: ID!
    is_deleted: Boolean!
    kind: String!
    name: String!
    status: UserStatus!
    title: String!
    url: String!
  }

  enum UserStatus {
    ACTIVE
    INACTIVE
    PENDING
  }

  type Account {
    active_members_count: Int
    id: ID!
    name: String!
    plan: Plan
    slug: String!
    tier: String
  }

  type Plan {
    max_users: Int!
    period: String
    tier: String
    version: Int!
  }

  type Workspace {
    created_at: Date
    description: String
    id: ID
    is_default_workspace: Boolean
    kind: WorkspaceKind
    name: String!
    state: State
  }

  enum WorkspaceKind {
    closed
    open
    template
  }

  enum State {
    active
    all
    archived
    deleted
  }

  enum BoardKind {
    private
    public
    share
  }

  enum BoardsOrderBy {
    created_at
    used_at
  }

  type Board {
    board_kind: BoardKind!
    columns(ids: [String], types: [ColumnType!]): [Column]
    created_at: ISO8601DateTime
    creator: User!
    description: String
    groups(ids: [String]): [Group]
    id: ID!
    items_count: Int
    items_limit: Int
    items_page(cursor: String, limit: Int! = 25, query_params: ItemsQuery): ItemsResponse!
    name: String!
    owners: [User]!
    permissions: String!
    state: State!
    top_group: Group!
    updated_at: ISO8601DateTime
    url: String!
    workspace: Workspace
    workspace_id: ID
  }

  type Validations {
    required_column_ids: [String!]
    rules: JSON
  }

  enum ValidationsEntityType {
    board
  }

  type Column {
    archived: Boolean!
    description: String
    id: ID!
    revision: String!
    settings: JSON
    settings_str: String!
    title: String!
    type: ColumnType!
    width: Int
  }

  enum ColumnProperty {
    description
    title
  }

  enum ColumnType {
    auto_number
    board_relation
    button
    checkbox
    color_picker
    country
    creation_log
    date
    dependency
    direct_doc
    doc
    dropdown
    email
    file
    formula
    group
    hour
    integration
    item_assignees
    item_id
    last_updated
    link
    location
    long_text
    mirror
    name
    numbers
    people
    person
    phone
    progress
    rating
    status
    subtasks
    tags
    team
    text
    time_tracking
    timeline
    unsupported
    vote
    week
    world_clock
  }

  type Group {
    archived: Boolean
    color: String!
    deleted: Boolean
    id: ID!
    items_page(cursor: String, limit: Int! = 25, query_params: ItemsQuery): ItemsResponse!
    position: String!
    title: String!
  }

  enum GroupAttributes {
    color
    position
    relative_position_after
    relative_position_before
    title
  }

  enum PositionRelative {
    after_at
    before_at
  }

  type ItemsResponse {
    cursor: String
    items: [Item!]!
  }

  type Item {
    board: Board
    column_values(ids: [String!], types: [ColumnType!]): [ColumnValue!]!
    created_at: Date
    creator: User
    creator_id: String!
    group: Group
    id: ID!
    name: String!
    relative_link: String
    state: State
    updated_at: Date
    updates(limit: Int = 25, page: Int = 1): [Update!]
    url: String!
  }

  type Update {
    body: String!
    created_at: Date
    creator: User
    creator_id: String
    id: ID!
    item_id: String
    text_body: String
    updated_at: Date
  }

  type Notification {
    id: ID!
    text: String
  }

  enum NotificationTargetType {
    Post
    Project
  }

  input ItemsQuery {
    groups: [ItemsQueryGroup!]
    ids: [ID!]
    operator: ItemsQueryOperator = and
    order_by: [ItemsQueryOrderBy!]
    rules: [ItemsQueryRule!]
  }

  input ItemsQueryGroup {
    groups: [ItemsQueryGroup!]
    operator: ItemsQueryOperator = and
    rules: [ItemsQueryRule!]
  }

  input ItemsQueryRule {
    column_id: ID!
    compare_attribute: String
    compare_value: CompareValue!
    operator: ItemsQueryRuleOperator = any_of
  }

  input ItemsQueryOrderBy {
    column_id: String!
    direction: ItemsOrderByDirection = asc
  }

  enum ItemsOrderByDirection {
    asc
    desc
  }

  enum ItemsQueryOperator {
    and
    or
  }

  enum ItemsQueryRuleOperator {
    any_of
    between
    contains_terms
    contains_text
    ends_with
    greater_than
    greater_than_or_equals
    is_empty
    is_not_empty
    lower_than
    lower_than_or_equal
    not_any_of
    not_contains_text
    starts_with
    within_the_last
    within_the_next
  }

  input ItemsPageByColumnValuesQuery {
    column_id: String!
    column_values: [String]!
  }

  interface ColumnValue {
    column: Column!
    id: ID!
    is_leaf: Boolean!
    text: String
    type: ColumnType!
    value: JSON
  }

  type TextValue implements ColumnValue {
    column: Column!
    id: ID!
    is_leaf: Boolean!
    text: String
    type: ColumnType!
    value: JSON
  }

  type LongTextValue implements ColumnValue {
    column: Column!
    id: ID!
    is_leaf: Boolean!
    text: String
    type: ColumnType!
    updated_at: Date
    value: JSON
  }

  type NumbersValue implements ColumnValue {
    column: Column!
    direction: NumberValueUnitDirection
    id: ID!
    is_leaf: Boolean!
    number: Float
    symbol: String
    text: String
    type: ColumnType!
    value: JSON
  }

  enum NumberValueUnitDirection {
    left
    right
  }

  type StatusValue implements ColumnValue {
    column: Column!
    id: ID!
    index: Int
    is_done: Boolean
    is_leaf: Boolean!
    label: String
    label_style: StatusLabelStyle
    text: String
    type: ColumnType!
    updated_at: Date
    value: JSON
  }

  type StatusLabelStyle {
    border: String!
    color: String!
  }

  type DropdownValue implements ColumnValue {
    column: Column!
    id: ID!
    is_leaf: Boolean!
    text: String
    type: ColumnType!
    value: JSON
    values: [DropdownValueOption!]!
  }

  type DropdownValueOption {
    id: ID!
    label: String!
  }

  type DateValue implements ColumnValue {
    column: Column!
    date: String
    icon: String
    id: ID!
    is_leaf: Boolean!
    text: String
    time: String
    type: ColumnType!
    updated_at: Date
    value: JSON
  }

  type PeopleValue implements ColumnValue {
    column: Column!
    id: ID!
    is_leaf: Boolean!
    persons_and_teams: [PeopleEntity!]
    text: String
    type: ColumnType!
    updated_at: Date
    value: JSON
  }

  type PeopleEntity {
    id: ID!
    kind: Kind
  }

  enum Kind {
    agent
    person
    team
  }

  type CheckboxValue implements ColumnValue {
    checked: Boolean
    column: Column!
    id: ID!
    is_leaf: Boolean!
    text: String
    type: ColumnType!
    updated_at: Date
    value: JSON
  }

  type LinkValue implements ColumnValue {
    column: Column!
    id: ID!
    is_leaf: Boolean!
    text: String
    type: ColumnType!
    updated_at: Date
    url: String
    url_text: String
    value: JSON
  }

  type EmailValue implements ColumnValue {
    column: Column!
    email: String
    id: ID!
    is_leaf: Boolean!
    label: String
    text: String
    type: ColumnType!
    updated_at: Date
    value: JSON
  }

  type PhoneValue implements ColumnValue {
    column: Column!
    country_short_name: String
    id: ID!
    is_leaf: Boolean!
    phone: String
    text: String
    type: ColumnType!
    updated_at: Date
    value: JSON
  }

  type CountryValue implements ColumnValue {
    column: Column!
    country: Country
    id: ID!
    is_leaf: Boolean!
    text: String
    type: ColumnType!
    updated_at: Date
    value: JSON
  }

  type LocationValue implements ColumnValue {
    address: String
    city: String
    city_short: String
    column: Column!
    country: String
    country_short: String
    id: ID!
    is_leaf: Boolean!
    lat: Float
    lng: Float
    place_id: String
    street: String
    street_number: String
    street_number_short: String
    street_short: String
    text: String
    type: ColumnType!
    updated_at: Date
    value: JSON
  }

  type DependencyValue implements ColumnValue {
    column: Column!
    display_value: String!
    id: ID!
    is_leaf: Boolean!
    linked_item_ids: [ID!]!
    text: String
    type: ColumnType!
    updated_at: Date
    value: JSON
  }

  type BoardRelationValue implements ColumnValue {
    column: Column!
    display_value: String!
    id: ID!
    is_leaf: Boolean!
    linked_item_ids: [ID!]!
    text: String
    type: ColumnType!
    updated_at: Date
    value: JSON
  }

  type Tag {
    color: String!
    id: ID!
    name: String!
  }

  type TagsValue implements ColumnValue {
    column: Column!
    id: ID!
    is_leaf: Boolean!
    tag_ids: [Int!]!
    tags: [Tag!]!
    text: String
    type: ColumnType!
    value: JSON
  }

  type RatingValue implements ColumnValue {
    column: Column!
    id: ID!
    is_leaf: Boolean!
    rating: Int
    text: String
    type: ColumnType!
    updated_at: Date
    value: JSON
  }

  type TimelineValue implements ColumnValue {
    column: Column!
    from: Date
    id: ID!
    is_leaf: Boolean!
    text: String
    to: Date
    type: ColumnType!
    updated_at: Date
    value: JSON
    visualization_type: String
  }

  type WeekValue implements ColumnValue {
    column: Column!
    end_date: Date
    id: ID!
    is_leaf: Boolean!
    start_date: Date
    text: String
    type: ColumnType!
    value: JSON
  }

  type HourValue implements ColumnValue {
    column: Column!
    hour: Int
    id: ID!
    is_leaf: Boolean!
    minute: Int
    text: String
    type: ColumnType!
    updated_at: Date
    value: JSON
  }

  type WorldClockValue implements ColumnValue {
    column: Column!
    id: ID!
    is_leaf: Boolean!
    text: String
    timezone: String
    type: ColumnType!
    updated_at: Date
    value: JSON
  }

  type Country {
    code: String!
    name: String!
  }

  type UnsupportedValue implements ColumnValue {
    column: Column!
    id: ID!
    is_leaf: Boolean!
    text: String
    type: ColumnType!
    value: JSON
  }

  input CreateStatusColumnSettingsInput {
    labels: [CreateStatusLabelInput!]!
  }

  input CreateStatusLabelInput {
    color: StatusColumnColors!
    description: String
    index: Int!
    is_done: Boolean
    label: String!
  }

  input UpdateStatusColumnSettingsInput {
    labels: [UpdateStatusLabelInput!]!
  }

  input UpdateStatusLabelInput {
    color: StatusColumnColors!
    description: String
    id: Int
    index: Int!
    is_deactivated: Boolean
    is_done: Boolean
    label: String!
  }

  input CreateDropdownColumnSettingsInput {
    label_limit_count: Int
    labels: [CreateDropdownLabelInput!]!
    limit_select: Boolean
  }

  input CreateDropdownLabelInput {
    label: String!
  }

  input UpdateDropdownColumnSettingsInput {
    label_limit_count: Int
    labels: [UpdateDropdownLabelInput!]!
    limit_select: Boolean
  }

  input UpdateDropdownLabelInput {
    id: Int
    is_deactivated: Boolean
    label: String!
  }

  enum StatusColumnColors {
    working_orange
    done_green
    stuck_red
    dark_blue
    purple
    explosive
    grass_green
    bright_blue
    saladish
    egg_yolk
    blackish
    dark_red
    sofia_pink
    lipstick
    dark_purple
    bright_green
    chili_blue
    american_gray
    brown
    dark_orange
    sunset
    bubble
    peach
    berry
    winter
    river
    navy
    aquamarine
    indigo
    dark_indigo
    pecan
    lavender
    royal
    steel
    orchid
    lilac
    tan
    sky
    coffee
    teal
  }

  type Complexity {
    after: Int!
    before: Int!
    query: Int!
    reset_in_x_seconds: Int!
  }

  type PlatformApi {
    daily_analytics: DailyAnalytics
    daily_limit: DailyLimit
  }

  type DailyLimit {
    addon: DailyLimitAddon
    base: Int
    total: Int
  }

  type DailyLimitAddon {
    is_active: Boolean!
    quantity: Int!
  }

  type DailyAnalytics {
    by_day: [PlatformApiDailyAnalyticsByDay!]
    by_user: [PlatformApiDailyAnalyticsByUser!]
    last_updated: ISO8601DateTime
  }

  type UploadJobInit {
    job_id: ID
    upload_url: String
  }

  input OnMatchInput {
    match_column_id: String!
    behaviour: OnMatchBehaviour!
  }

  enum OnMatchBehaviour {
    UPSERT
    SKIP
  }

  union JobStatus = ItemsJobStatus

  type ItemsJobStatus {
    status: BulkImportState
    counts: ItemsJobItemCounts
    progress_percentage: Int
    failure_reason: BulkImportFailureReason
    failure_message: String
    fully_imported: Boolean
    report_created: Boolean
    report_url: String
  }

  type ItemsJobItemCounts {
    submitted: Int
    invalid: Int
    skipped: Int
    created: Int
    updated: Int
    failed: Int
  }

  enum BulkImportState {
    UPLOAD_PENDING
    REJECTED
    PROCESSING
    COMPLETED
    FAILED
  }

  enum BulkImportFailureReason {
    INVALID_UPLOAD
    AUTHORIZATION_FAILED
    PERMISSION_DENIED
    BOARD_CAPACITY_EXCEEDED
    ACCOUNT_CAPACITY_EXCEEDED
    FILE_TOO_LARGE
    INTERNAL_ERROR
  }

  type PlatformApiDailyAnalyticsByDay {
    day: String!
    usage: Int!
  }

  type PlatformApiDailyAnalyticsByUser {
    usage: Int!
    user: User
  }

  type Version {
    display_name: String!
    kind: VersionKind!
    value: String!
  }

  enum VersionKind {
    current
    deprecated
    dev
    maintenance
    old__maintenance
    old_previous_maintenance
    previous_maintenance
    release_candidate
  }
`

export const mondaySchema: GraphQLSchema = buildSchema(SERVED)
