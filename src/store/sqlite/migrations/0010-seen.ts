/** Version 10: how many of the records held the snapshot under way has contained is counted as they are saved. */
export const seen = `
alter table stream add column seen integer not null default 0;
update stream set seen = (select count(*) from raw
  where raw.stream = stream.num and raw.seen = stream.snapshot_num and state <> 'deleted');
`
