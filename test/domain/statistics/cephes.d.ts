/** What the tests use of it; the declarations that come with it are out of reach of its own `exports`. */
declare module 'cephes' {
  /** Settled once the WebAssembly is ready. */
  export const compiled: Promise<void>
  export function ndtr(z: number): number
  export function ndtri(share: number): number
  export function chdtrc(degrees: number, value: number): number
  export function incbet(a: number, b: number, x: number): number
}
