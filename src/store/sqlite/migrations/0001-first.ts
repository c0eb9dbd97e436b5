/** Version 1. Never edited once released: a change is a new file with the next number. */
export const first = `
create table sequence (
  name text primary key,
  value integer not null
) strict, without rowid;

-- What sources delivered. Counts are kept by every write, so that telling them costs nothing.
create table stream (
  num integer primary key,
  source text not null,
  kind text not null,
  object text not null,
  cursor text,                                  -- null: never read, or forgotten
  request text not null default '',
  snapshot integer not null default 0,          -- 1 while a snapshot read is under way
  snapshot_num integer not null default 0,      -- which snapshot, to tell what it contained
  mapping integer not null default 0,
  at integer not null default 0,
  mapped integer not null default 0,
  rejected integer not null default 0,
  deleted integer not null default 0,
  rejected_values integer not null default 0,
  unique (source, kind)
) strict;

create table mapping (
  num integer primary key,
  digest text not null unique
) strict;

-- How many live raw records of a stream were last mapped with which mapping.
create table stream_mapping (
  stream integer not null,
  mapping integer not null,
  records integer not null,
  primary key (stream, mapping)
) strict, without rowid;

create table raw (
  num integer primary key,
  stream integer not null,
  id text not null,
  state text not null,                          -- mapped, rejected, deleted
  changed_at text not null,
  mapping integer not null,
  seen integer not null,                        -- the snapshot that last contained it
  rejections integer not null,                  -- how many rows of rejection are its
  merged_into text,
  fields text not null,                         -- empty once deleted
  unique (stream, id)
) strict;

create table rejection (
  source text not null,
  kind text not null,
  id text not null,
  seq integer not null,
  field text not null,
  origin text not null,
  value text not null,
  code text not null,
  reason text not null,
  primary key (source, kind, id, seq)
) strict, without rowid;

-- Where every mapped record is; dossier is null for context.
create table place (
  kind text not null,
  id text not null,
  source text not null,
  dossier text,
  at integer not null,
  parent_kind text,
  parent_id text,
  primary key (kind, id)
) strict, without rowid;
-- Only children that are not in the dossier their parent would head: the others are found in that dossier. So the many
-- records right below an account, which arrive in any order, cost no index.
create index place_deep on place (parent_kind, parent_id) where dossier <> parent_kind || ':' || parent_id;

create table record (
  dossier text not null,
  kind text not null,
  at integer not null,
  id text not null,
  body text not null,
  primary key (dossier, kind, at, id)
) strict, without rowid;

create table context_record (
  kind text not null,
  id text not null,
  body text not null,
  primary key (kind, id)
) strict, without rowid;

-- What was derived.
create table dirty (
  dossier text primary key,
  mark integer not null
) strict, without rowid;

create table derived (
  num integer primary key,                      -- never given twice: see uses-indexed
  dossier text not null unique,
  changes_on integer,
  uses text not null,                           -- sorted numbers of entries, joined by commas
  facts text                                    -- null: none, but still woken by day or context
) strict;
create index derived_changes_on on derived (changes_on) where changes_on is not null;

create table entry (
  num integer primary key,
  name text not null unique
) strict;

create table use (
  entry integer not null,
  derived integer not null,
  primary key (entry, derived)
) strict, without rowid;

create table total (
  key text primary key,
  value integer not null
) strict, without rowid;
create index total_zero on total (key) where value = 0;

create table note (
  name text primary key,
  value text not null
) strict, without rowid;

-- What boards should show, and plans.
create table desired (
  board text not null,
  key text not null,
  dossier text not null,
  seq integer not null,                         -- tells items of one dossier with one key apart
  digest text not null,
  generation text not null,
  body text not null,
  primary key (board, key, dossier, seq)
) strict, without rowid;
create index desired_dossier on desired (board, dossier);

create table listed (
  board text not null,
  key text not null,
  primary key (board, key)
) strict, without rowid;

create table plan (
  num integer primary key,
  id text not null unique,
  board text not null,
  at integer not null,
  digest text,                                  -- null until finished
  summary text not null default '',
  changes integer not null default 0
) strict;
create index plan_board on plan (board, num);
create index plan_digest on plan (digest) where digest is not null;

create table plan_change (
  plan integer not null references plan (num) on delete cascade,
  seq integer not null,
  key text not null,
  body text not null,
  primary key (plan, seq)
) strict, without rowid;

-- What boards were told.
create table ledger (
  board text not null,
  key text not null,
  version integer not null,
  state text not null,                          -- settled, intended, sending
  request text,
  item_id text,
  place text not null,
  name text not null,
  "group" text not null,
  cells text not null,
  unread integer not null,
  left_on integer,
  desired text,
  origin text,
  at integer not null,
  primary key (board, key)
) strict, without rowid;
create index ledger_place on ledger (board, place);
create index ledger_item on ledger (board, item_id) where item_id is not null;
create index ledger_request on ledger (request) where request is not null;

create table outbox (
  num integer primary key,
  id text not null unique,
  state text not null,                          -- intended, sending; a closed request has no row
  host text not null,
  idempotency_key text not null,
  body text not null,
  changes text not null,
  keys text not null,
  sent_at integer not null,
  run text not null
) strict;

create table refusal (
  board text not null,
  key text not null,
  code text not null,
  message text not null,
  "column" text,
  hint text,
  desired text not null,
  at integer not null,
  primary key (board, key)
) strict, without rowid;

create table lease (
  name text primary key,
  holder text not null,
  until integer not null
) strict, without rowid;

create table run (
  id text primary key,
  kind text not null,
  state text not null,
  started_at integer not null,
  ended_at integer,
  result text not null
) strict, without rowid;
create index run_started on run (started_at, id);
`
