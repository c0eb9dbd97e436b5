/**
 * Records that are put down stand in a file beside the store, in runs that this table tells of. A first read that is under
 * way begins anew, rather than that it is looked for in two places.
 */
export const landedRun = `
delete from rejection where exists (select 1 from stream join landed on landed.stream = stream.num
  where stream.source = rejection.source and stream.kind = rejection.kind);
delete from raw where stream in (select distinct stream from landed);
delete from stream_mapping where stream in (select distinct stream from landed);
update stream set cursor = null, snapshot = 0, mapped = 0, rejected = 0, deleted = 0, rejected_values = 0, seen = 0
  where num in (select distinct stream from landed);
delete from match_key where (kind, id) in (select kind, id from landed);
delete from place where (kind, id) in (select kind, id from landed);
drop table landed;
create table landed_run (
  num integer primary key,                      -- in the order they came
  pile integer not null,                        -- the number in the name of its file
  stream integer not null,
  kind text not null,
  begins integer not null,                      -- in the file
  bytes integer not null,
  checksum integer not null
) strict;
`
