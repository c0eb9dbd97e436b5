/** Version 11: what was reported of closed months stays, whatever is derived later. */
export const reported = `
create table reported (
  kind text not null,
  month integer not null,
  at integer not null,
  body text not null,
  primary key (kind, month)
) strict, without rowid;
`
