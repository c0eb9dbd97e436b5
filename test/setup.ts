import net from 'node:net'

/** No test talks to anything but this machine: a socket to any other address throws at once. */
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost', '::ffff:127.0.0.1'])
const connect = net.Socket.prototype.connect
net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]) {
  const first = Array.isArray(args[0]) ? args[0][0] : args[0]
  const host = typeof first === 'object' && first !== null && 'host' in first ? first.host : undefined
  if (typeof host === 'string' && host !== '' && !LOOPBACK.has(host)) {
    throw new Error(`A test tried to reach "${host}"; tests talk to this machine only`)
  }
  return Reflect.apply(connect, this, args) as net.Socket
}
