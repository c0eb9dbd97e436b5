#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { keepFootprintSmall } from '../platform/footprint.ts'
import { ignoreClosedPipe } from './closed-pipe.ts'

// Before anything else is loaded: a second start then takes half the time and 40 MB less.
enableCompileCache()
keepFootprintSmall()
ignoreClosedPipe(process.stdout)
ignoreClosedPipe(process.stderr)
const { runProgram } = await import('./program.ts')
process.exitCode = await runProgram(process.argv)
