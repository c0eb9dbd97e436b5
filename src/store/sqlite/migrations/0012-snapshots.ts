/** Version 12: what was seen of records day by day stays, whatever is derived later. */
export const snapshots = `
create table snapshot (
  kind text not null,
  id text not null,
  day integer not null,
  body text not null,
  primary key (kind, id, day)
) strict, without rowid;
`
