/**
 * Records that are put down have their place at once. A first read that is under way begins anew: which of its records have
 * one would have to be told from all the others.
 */
export const landedWithPlace = `
delete from rejection where exists (select 1 from stream join landed on landed.stream = stream.num
  where stream.source = rejection.source and stream.kind = rejection.kind);
delete from raw where stream in (select distinct stream from landed);
delete from stream_mapping where stream in (select distinct stream from landed);
update stream set cursor = null, snapshot = 0, mapped = 0, rejected = 0, deleted = 0, rejected_values = 0
  where num in (select distinct stream from landed);
delete from match_key where (kind, id) in (select kind, id from landed);
drop table landed;
create table landed (
  num integer primary key,                      -- in the order they came
  stream integer not null,
  kind text not null,
  id text not null,
  at integer not null,
  body text not null
) strict;
`
