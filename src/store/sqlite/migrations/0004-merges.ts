/** What was merged into what is kept by kind and id, so that children that name the loser follow the survivor. */
export const merges = `
create table merge (
  kind text not null,
  id text not null,                             -- merged into the survivor, says the source
  source text not null,
  survivor text not null,
  primary key (kind, id, source)
) strict, without rowid;
create index merge_survivor on merge (kind, survivor);
insert into merge (kind, id, source, survivor)
  select stream.kind, raw.id, stream.source, raw.merged_into from stream join raw on raw.stream = stream.num
    where merged_into is not null;

-- Where children of merged records are was decided without this: the next pull maps all records again, without a request.
update mapping set digest = digest || ' before merges' where exists (select 1 from merge);
`
