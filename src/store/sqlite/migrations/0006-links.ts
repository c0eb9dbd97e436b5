/** Version 6: keys by which records are found to be the same, and what was found. */
export const links = `
create table match_key (
  name text not null,                           -- domain:acme.com, id:product:w-17
  kind text not null,
  id text not null,
  primary key (name, kind, id)
) strict, without rowid;
create index match_key_record on match_key (kind, id);

-- Keys that records gained or lost since somebody looked at who holds them.
create table match_touched (
  name text primary key,
  mark integer not null
) strict, without rowid;

create table link (
  kind text not null,
  id text not null,                             -- held or not
  target text,                                  -- the record it stands for; null: nobody can say, see reason
  reason text not null,
  primary key (kind, id)
) strict, without rowid;
create index link_target on link (kind, target) where target is not null;
create index link_open on link (kind, id) where target is null;
`
