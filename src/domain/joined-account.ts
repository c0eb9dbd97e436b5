import type { Account } from './records.ts'

/**
 * One account out of several that are the same company: the values of the one that leads win, the others, by id, fill its
 * gaps. ARR comes with its currency. It keeps the id, source and stamp of the one that leads; `joined` tells the others.
 */
export function joinAccounts(accounts: readonly Account[], leadingId: string | undefined): Account | null {
  const [only] = accounts
  if (only === undefined || accounts.length === 1) return only ?? null
  const inOrder = accounts.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const leading = inOrder.find(({ id }) => id === leadingId) ?? (inOrder[0] as Account)
  const others = inOrder.filter((one) => one !== leading)
  let joined: Account = leading
  for (const other of others) {
    const { currency, arr, extra, motionSince, ...rest } = other
    const isUnread = joined.unread?.includes('arr') === true
    const isWorth = joined.arr === undefined && arr !== undefined && !isUnread
    joined = {
      ...rest,
      ...joined,
      // Since when it is what the leading one says is not for the other to tell.
      ...(joined.motion === undefined && motionSince !== undefined ? { motionSince } : {}),
      ...(isWorth ? withCurrency(joined, arr, currency) : {}),
      ...(extra === undefined && joined.extra === undefined ? {} : { extra: { ...extra, ...joined.extra } }),
    }
  }
  return { ...joined, joined: others.map(({ source, id }) => ({ source, id })) }
}

function withCurrency(account: Account, arr: number, currency: string | undefined): Partial<Account> {
  if (currency !== undefined) return { arr, currency }
  // The other names none: the company's. What the leading one names would be wrong for it.
  return account.currency === undefined ? { arr } : {}
}
