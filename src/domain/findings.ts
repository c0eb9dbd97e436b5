/** Everything a derive may find worth a person's look, by stable code. `detail` of a finding completes the sentence "opportunity 006… …". */
export const FINDINGS = {
  'missing-rate':
    'Its money is in a currency without a rate for the day, in model.yaml or from a source: it is counted, but its money is in no total.',
  'money-too-large': 'Its money in company currency is too large to be counted exactly: it is in no total.',
  'unknown-feature': 'It asks for a feature that is not in the catalogue, or by a name that several features have.',
  'unmatched-opportunity':
    'Another system leads in its account, and no id says which opportunity of that one it is: it is in no total.',
  'no-account': 'It belongs to no account.',
  'unknown-account': 'It belongs to an account that no source delivered.',
  'unknown-owner': 'It is owned by a user that no source delivered, so the user’s id stands for the name.',
  'unknown-stage':
    'It is, or was, in a stage that model.yaml does not list: while open, it counts as open in no stage.',
  'state-differs': 'Its own state and that of its stage in model.yaml contradict each other; its own counts.',
  'incomplete-period':
    'It is a subscription period without a first day or monthly amount, or ends before it begins: it is in no ARR.',
  'ticket-undated': 'It is a ticket that does not say when it came in: it is in no number of support.',
  'off-scale': 'Its satisfaction is not on the scale that model.yaml declares: it is no answer.',
  'risk-hunch': 'It is a risk that does not tell what model.yaml asks of its reason: it is a hunch, and in no total.',
  'risk-undated': 'It is a risk that is closed and does not say since when: what came of it is in no quarter.',
  'unknown-reason': 'It is a risk for a reason that model.yaml does not list: it is in no group.',
  'no-close-day': 'It is closed, and neither history nor a close date says when.',
} as const
export type FindingCode = keyof typeof FINDINGS
