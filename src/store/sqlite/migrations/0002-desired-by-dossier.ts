/** Version 2: what boards should show stands together by dossier; it and the ledger are counted by every write. */
export const desiredByDossier = `
alter table desired rename to desired_by_board;
create table desired (
  dossier text not null,
  board text not null,
  key text not null,
  seq integer not null,                         -- tells items of one dossier with one key apart
  digest text not null,
  generation text not null,
  body text not null,
  primary key (dossier, board, key, seq)
) strict, without rowid;
insert into desired (dossier, board, key, seq, digest, generation, body)
  select dossier, board, key, seq, digest, generation, body from desired_by_board order by dossier, board, key, seq;
drop table desired_by_board;
create index desired_key on desired (board, key);

create table desired_count (
  board text primary key,
  items integer not null
) strict, without rowid;
insert into desired_count select board, count(*) from desired group by board;

create table ledger_count (
  board text not null,
  place text not null,
  items integer not null,
  primary key (board, place)
) strict, without rowid;
insert into ledger_count select board, place, count(*) from ledger group by board, place;
drop index ledger_place;
create trigger ledger_added after insert on ledger begin
  insert into ledger_count (board, place, items) values (new.board, new.place, 1)
    on conflict do update set items = items + 1;
end;
create trigger ledger_moved after update of place on ledger when new.place <> old.place begin
  update ledger_count set items = items - 1 where board = old.board and place = old.place;
  insert into ledger_count (board, place, items) values (new.board, new.place, 1)
    on conflict do update set items = items + 1;
end;
create trigger ledger_removed after delete on ledger begin
  update ledger_count set items = items - 1 where board = old.board and place = old.place;
end;

-- Facts are written in another form now; the next derive, being of a newer program, makes all of them anew.
update derived set facts = null;
`
