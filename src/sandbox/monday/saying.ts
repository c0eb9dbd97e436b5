import { invalidArgument, invalidUser } from './errors.ts'
import type { NotificationRow, UpdateRow } from './state.ts'
import { activeItem, itemOf } from './targets.ts'
import { type Context, updateView } from './views.ts'

/** Resolvers of what says something of an item: updates under it, notifications to people. */
export const sayingMutations = {
  create_update: (args: { item_id?: string | null; body: string }, context: Context) =>
    context.perform('create_update', (write) => {
      const item = activeItem(args.item_id, context)
      if (args.body.trim() === '') throw invalidArgument('body must not be empty', { argument: 'body' })
      const update: UpdateRow = {
        id: context.state.nextId('update'),
        item_id: item.id,
        user_id: context.user.id,
        body: args.body,
        created_at: write.at,
      }
      context.state.saveUpdate(update)
      write.done(`update ${update.id} under item ${item.id}`)
      return updateView(context, update)
    }),

  create_notification: (
    args: { user_id: string; target_id: string; target_type: 'Post' | 'Project'; text: string },
    context: Context,
  ) =>
    context.perform('create_notification', (write) => {
      const user = context.state.user(Number(args.user_id))
      if (user === undefined) throw invalidUser(args.user_id)
      if (args.target_type === 'Project' && context.state.board(Number(args.target_id)) === undefined)
        itemOf(args.target_id, context)
      const notification: NotificationRow = {
        id: context.state.nextId('notification'),
        user_id: user.id,
        target_id: Number(args.target_id),
        text: args.text,
        created_at: write.at,
      }
      context.state.saveNotification(notification)
      write.done(`notification ${notification.id} to user ${user.id}`)
      return { id: String(notification.id), text: notification.text }
    }),
}
