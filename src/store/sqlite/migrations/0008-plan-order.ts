/** What is sent first: the changes of a plan in that order, beside that in which they were planned. */
export const planOrder = `
alter table plan_change add column later real not null default 0;
alter table plan_change add column rank integer not null default 0;
create index plan_change_sending on plan_change (plan, later, rank, seq);
`
