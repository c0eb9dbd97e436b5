#!/usr/bin/env node
import { enableCompileCache, getCompileCacheDir } from 'node:module'
import { keepFootprintSmall } from '../platform/footprint.ts'
import { ignoreClosedPipe } from './closed-pipe.ts'

// Before anything else is loaded: a second start then takes half the time and 40 MB less.
enableCompileCache()
// Threads look here: the store's starts in 40 ms in place of 120.
const compiled = getCompileCacheDir()
if (compiled !== undefined) process.env.NODE_COMPILE_CACHE ??= compiled
keepFootprintSmall()
ignoreClosedPipe(process.stdout)
ignoreClosedPipe(process.stderr)
const { runProgram } = await import('./program.ts')
process.exitCode = await runProgram(process.argv)
