-- A store as version 1 of the schema made it, with one of everything in it. Never edited.
create TABLE sequence (
  name text primary key,
  value integer not null
) strict, without rowid;
create TABLE stream (
  num integer primary key,
  source text not null,
  kind text not null,
  object text not null,
  cursor text,
  request text not null default '',
  snapshot integer not null default 0,
  snapshot_num integer not null default 0,
  mapping integer not null default 0,
  at integer not null default 0,
  mapped integer not null default 0,
  rejected integer not null default 0,
  deleted integer not null default 0,
  rejected_values integer not null default 0,
  unique (source, kind)
) strict;
create TABLE mapping (
  num integer primary key,
  digest text not null unique
) strict;
create TABLE stream_mapping (
  stream integer not null,
  mapping integer not null,
  records integer not null,
  primary key (stream, mapping)
) strict, without rowid;
create TABLE raw (
  num integer primary key,
  stream integer not null,
  id text not null,
  state text not null,
  changed_at text not null,
  mapping integer not null,
  seen integer not null,
  rejections integer not null,
  merged_into text,
  fields text not null,
  unique (stream, id)
) strict;
create TABLE rejection (
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
create TABLE place (
  kind text not null,
  id text not null,
  source text not null,
  dossier text,
  at integer not null,
  parent_kind text,
  parent_id text,
  primary key (kind, id)
) strict, without rowid;
create INDEX place_deep on place (parent_kind, parent_id) where dossier <> parent_kind || ':' || parent_id;
create TABLE record (
  dossier text not null,
  kind text not null,
  at integer not null,
  id text not null,
  body text not null,
  primary key (dossier, kind, at, id)
) strict, without rowid;
create TABLE context_record (
  kind text not null,
  id text not null,
  body text not null,
  primary key (kind, id)
) strict, without rowid;
create TABLE dirty (
  dossier text primary key,
  mark integer not null
) strict, without rowid;
create TABLE derived (
  num integer primary key,
  dossier text not null unique,
  changes_on integer,
  uses text not null,
  facts text
) strict;
create INDEX derived_changes_on on derived (changes_on) where changes_on is not null;
create TABLE entry (
  num integer primary key,
  name text not null unique
) strict;
create TABLE use (
  entry integer not null,
  derived integer not null,
  primary key (entry, derived)
) strict, without rowid;
create TABLE total (
  key text primary key,
  value integer not null
) strict, without rowid;
create INDEX total_zero on total (key) where value = 0;
create TABLE note (
  name text primary key,
  value text not null
) strict, without rowid;
create TABLE desired (
  board text not null,
  key text not null,
  dossier text not null,
  seq integer not null,
  digest text not null,
  generation text not null,
  body text not null,
  primary key (board, key, dossier, seq)
) strict, without rowid;
create INDEX desired_dossier on desired (board, dossier);
create TABLE listed (
  board text not null,
  key text not null,
  primary key (board, key)
) strict, without rowid;
create TABLE plan (
  num integer primary key,
  id text not null unique,
  board text not null,
  at integer not null,
  digest text,
  summary text not null default '',
  changes integer not null default 0
) strict;
create INDEX plan_board on plan (board, num);
create INDEX plan_digest on plan (digest) where digest is not null;
create TABLE plan_change (
  plan integer not null references plan (num) on delete cascade,
  seq integer not null,
  key text not null,
  body text not null,
  primary key (plan, seq)
) strict, without rowid;
create TABLE ledger (
  board text not null,
  key text not null,
  version integer not null,
  state text not null,
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
create INDEX ledger_place on ledger (board, place);
create INDEX ledger_item on ledger (board, item_id) where item_id is not null;
create INDEX ledger_request on ledger (request) where request is not null;
create TABLE outbox (
  num integer primary key,
  id text not null unique,
  state text not null,
  host text not null,
  idempotency_key text not null,
  body text not null,
  changes text not null,
  keys text not null,
  sent_at integer not null,
  run text not null
) strict;
create TABLE refusal (
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
create TABLE lease (
  name text primary key,
  holder text not null,
  until integer not null
) strict, without rowid;
create TABLE run (
  id text primary key,
  kind text not null,
  state text not null,
  started_at integer not null,
  ended_at integer,
  result text not null
) strict, without rowid;
create INDEX run_started on run (started_at, id);

insert into sequence values ('mark', 3), ('version', 4);
insert into mapping values (1, 'm1');
insert into stream (num, source, kind, object, cursor, request, mapping, at, mapped) values
  (1, 'salesforce', 'account', 'Account', 'c', 'r', 1, 9, 1),
  (2, 'salesforce', 'opportunity', 'Opportunity', 'c', 'r', 1, 9, 1);
insert into stream_mapping values (1, 1, 1), (2, 1, 1);
insert into raw (stream, id, state, changed_at, mapping, seen, rejections, fields) values
  (1, '001', 'mapped', '2026-11-22T10:00:00.000Z', 1, 0, 0, '{"Name":"Acme"}'),
  (2, '006', 'mapped', '2026-11-22T10:00:00.000Z', 1, 0, 0, '{"Amount":"1.00"}');
insert into place values
  ('account', '001', 'salesforce', 'account:001', 5, null, null),
  ('opportunity', '006', 'salesforce', 'account:001', 7, 'account', '001');
insert into record values
  ('account:001', 'account', 5, '001', '{"name":"Acme"}'),
  ('account:001', 'opportunity', 7, '006', '{"amount":100}');
insert into dirty values ('account:001', 3);
insert into derived values (1, 'account:001', 20500, '1', '{"account":{}}');
insert into entry values (1, 'user:005');
insert into use values (1, 1);
insert into total values ('won', 100);
insert into note values ('model', 'd');
insert into desired values ('deals', '006', 'account:001', 0, 'd1', 'g', '{"key":"006"}');
insert into ledger (board, key, version, state, request, item_id, place, name, "group", cells, unread, desired, at)
  values ('deals', '006', 4, 'sending', 'r1', '77', 'active', 'Acme', 'open', '{"ARR":"1"}', 0, 'd0', 9);
insert into outbox values (1, 'r1', 'sending', 'monday', 'idem', '{}', '[]', '[{"board":"deals","key":"006"}]', 9, 'run');
pragma user_version = 1;
