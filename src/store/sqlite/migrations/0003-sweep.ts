/** Version 3: where the sweep of each stream stands, and what it has seen. */
export const sweep = `
create table sweep (
  stream integer primary key,
  request text,                                 -- null: none is under way
  cursor text,                                  -- null: nothing was read yet
  is_read integer not null default 0,           -- 1 once it was read to its end
  began_at integer not null default 0,
  swept_at integer                              -- when the newest that came to its end began; null: none did
) strict;

-- Raw records that the sweep under way has dealt with. By number: rows that arrive in the order they were stored in
-- are put side by side.
create table swept (
  stream integer not null,
  raw integer not null,
  gone integer not null,                        -- 1: asked for by id, and not there
  primary key (stream, raw)
) strict, without rowid;
create index swept_gone on swept (stream, raw) where gone = 1;
`
