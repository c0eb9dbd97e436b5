/** Functions that expressions may call, with what each is for. `matches` is left out: a regular expression can take forever. */
export const FUNCTIONS: Readonly<Record<string, { readonly usage: string; readonly meaning: string }>> = {
  has: { usage: 'has(opportunity.closedOn)', meaning: 'whether the field has a value' },
  orElse: { usage: 'orElse(opportunity.arr, 0)', meaning: 'the field, or the second value where it is empty' },
  contains: { usage: "opportunity.name.contains('pilot')", meaning: 'whether the text holds another' },
  startsWith: { usage: "account.name.startsWith('The ')", meaning: 'whether the text begins with another' },
  endsWith: { usage: "lead.email.endsWith('.edu')", meaning: 'whether the text ends with another' },
  lowerAscii: { usage: 'opportunity.name.lowerAscii()', meaning: 'the text in small letters' },
  upperAscii: { usage: 'opportunity.name.upperAscii()', meaning: 'the text in capital letters' },
  trim: { usage: 'opportunity.name.trim()', meaning: 'the text without blanks around it' },
  size: { usage: 'size(opportunity.name) > 40', meaning: 'how many characters the text has, or values the list' },
  text: { usage: "text(opportunity.arr) + ' a year'", meaning: 'a number, money or day as a cell would show it' },
  day: { usage: "opportunity.closeOn >= day('2026-01-01')", meaning: 'the day that is written' },
  month: { usage: "month(opportunity.closeOn) == '2026-11'", meaning: 'the month of a day' },
  quarter: {
    usage: "quarter(opportunity.closeOn) == '2026-Q4'",
    meaning: 'the quarter of a day; FY2027-Q1 where your year does not begin in January',
  },
  year: {
    usage: 'year(opportunity.closeOn) == 2026',
    meaning: 'the year of a day: the calendar year in which your year ends',
  },
  round: { usage: 'round(opportunity.probability * 100)', meaning: 'the nearest whole number' },
  exists: {
    usage: "['pilot', 'proof'].exists(word, opportunity.name.contains(word))",
    meaning: 'whether a condition holds for at least one of a list',
  },
  all: { usage: "['a', 'b'].all(word, account.name.contains(word))", meaning: 'whether it holds for all of a list' },
}
