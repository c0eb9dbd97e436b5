import { cp, readFile, rename, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseDocument } from 'yaml'

/** Examples for which the example company has something: a HubSpot, a help desk, a product, boards that its people keep. */
const SWITCHED_ON = [
  ...['boards', 'hubspot', 'posthog', 'zendesk'].map((source) => path.join('sources', source)),
  ...['renewals', 'requests', 'risk', 'support', 'support-times', 'voice'].map((board) => path.join('boards', board)),
]

/**
 * Copies a folder of mappings and switches on in the copy, by renaming them, the examples that show more of the example
 * company. What is switched on already stays as it is. The company's HubSpot calls its stages as its Salesforce does.
 */
export async function writeDemoMappings(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true })
  for (const name of SWITCHED_ON) {
    const file = path.join(to, `${name}.yaml`)
    if ((await isThere(`${file}.example`)) && !(await isThere(file))) await rename(`${file}.example`, file)
  }
  const file = path.join(to, 'model.yaml')
  if (!(await isThere(file))) return
  const model = parseDocument(await readFile(file, 'utf8'))
  const stages = model.getIn(['stages', 'salesforce'])
  if (stages === undefined || model.hasIn(['stages', 'hubspot'])) return
  model.setIn(['stages', 'hubspot'], stages)
  await writeFile(file, model.toString({ lineWidth: 0 }))
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}
