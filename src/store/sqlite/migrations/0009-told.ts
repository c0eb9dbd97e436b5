/** What was said of each item, so that it is said once. */
export const told = `
alter table ledger add column told text not null default '';
`
