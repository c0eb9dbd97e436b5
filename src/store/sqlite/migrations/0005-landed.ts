/** Version 5: records of a first read, put down as they come, until they are brought to their dossiers in one go. */
export const landed = `
create table landed (
  num integer primary key,                      -- in the order they came
  stream integer not null,
  source text not null,
  kind text not null,
  id text not null,
  at integer not null,
  parent_kind text,
  parent_id text,
  body text not null
) strict;
`
